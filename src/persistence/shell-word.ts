/** What no shell takes for anything but itself. */
const PLAIN_WORD = /^[\w@%+=:,./-]+$/;

/** A word as it is typed into a POSIX shell, quoted where that is needed. */
export function shellWord(word: string): string {
  return PLAIN_WORD.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
