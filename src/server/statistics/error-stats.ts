/** More kinds of errors than there are; beyond, they count as one kind. */
const KINDS_MAX = 128;
const OTHER_KIND = "OTHER";
/** A code is shorter than this; what is longer is none. */
const CODE_CHARS_MAX = 32;

/** How many error replies were sent, by their code (`ERR`, `WRONGTYPE`, ...). */
export class ErrorStats {
  readonly #counts = new Map<string, number>();
  #total = 0;

  /** Counts an error reply. @param text its text, code first */
  record(text: string): void {
    this.#total++;
    const end = text.indexOf(" ");
    const code = text.slice(0, Math.min(end < 0 ? text.length : end, CODE_CHARS_MAX));
    const isRoomLeft = this.#counts.has(code) || this.#counts.size < KINDS_MAX;
    const kind = isRoomLeft ? code : OTHER_KIND;
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
  }

  get total(): number {
    return this.#total;
  }

  /** The codes with their counts, by name. */
  entries(): readonly (readonly [code: string, count: number])[] {
    return [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  reset(): void {
    this.#counts.clear();
    this.#total = 0;
  }
}
