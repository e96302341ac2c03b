/** Bytes in a journal that no process can have written: where they are, and what is wrong. */
export class JournalDamage extends Error {
  override readonly name = "JournalDamage";
  /** In bytes from the beginning of the file. */
  readonly offset: number;

  constructor(offset: number, reason: string) {
    super(reason);
    this.offset = offset;
  }
}
