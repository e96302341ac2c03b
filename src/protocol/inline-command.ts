const TAB = 0x09;
const CR = 0x0d;
const SPACE = 0x20;
const DOUBLE_QUOTE = 0x22;
const SINGLE_QUOTE = 0x27;
const BACKSLASH = 0x5c;
const LETTER_X = 0x78;

/** What a letter after a backslash stands for; any other char stands for itself. */
const ESCAPES: ReadonlyMap<number, number> = new Map([
  [0x6e, 0x0a],
  [0x72, 0x0d],
  [0x74, 0x09],
  [0x62, 0x08],
  [0x61, 0x07],
]);

/**
 * The arguments of an inline command, a line as people type it into telnet: words between spaces,
 * parts of them in double quotes, with the escapes `\n \r \t \b \a \xHH` and `\` before any other
 * char for itself, or in single quotes, with `\'` alone. `undefined` for a quote that is not closed,
 * or whose end is followed by something else than a space. O(length).
 */
export function splitInlineCommand(line: string): string[] | undefined {
  const words: string[] = [];
  let at = 0;
  for (;;) {
    while (isSpace(line.charCodeAt(at))) at++;
    if (at >= line.length) return words;
    const word: number[] = [];
    at = readWord(line, at, word);
    if (at < 0) return undefined;
    words.push(Buffer.from(word).toString("latin1"));
  }
}

/** Reads the word at `start` into `word`; returns where it ends, or -1 for a wrong quote. */
function readWord(line: string, start: number, word: number[]): number {
  let at = start;
  while (at < line.length) {
    const charCode = line.charCodeAt(at);
    if (charCode === DOUBLE_QUOTE || charCode === SINGLE_QUOTE) {
      at = readQuoted(line, at + 1, charCode, word);
      return at < line.length && !isSpace(line.charCodeAt(at)) ? -1 : at;
    }
    if (isWordEnd(charCode)) break;
    word.push(charCode);
    at++;
  }
  return at;
}

/** Reads from after the opening quote to after the closing one, or gives -1 where there is none. */
function readQuoted(line: string, start: number, quote: number, word: number[]): number {
  let at = start;
  while (at < line.length) {
    const charCode = line.charCodeAt(at);
    if (charCode === quote) return at + 1;
    const isEscape = charCode === BACKSLASH && at + 1 < line.length;
    if (isEscape && quote === DOUBLE_QUOTE) {
      at = readEscape(line, at + 1, word);
    } else if (isEscape && line.charCodeAt(at + 1) === SINGLE_QUOTE) {
      word.push(SINGLE_QUOTE);
      at += 2;
    } else {
      word.push(charCode);
      at++;
    }
  }
  return -1;
}

/** Reads what follows a backslash; returns where it ends. */
function readEscape(line: string, at: number, word: number[]): number {
  const charCode = line.charCodeAt(at);
  const hex = line.slice(at + 1, at + 3);
  if (charCode === LETTER_X && /^[\da-f]{2}$/i.test(hex)) {
    word.push(Number.parseInt(hex, 16));
    return at + 3;
  }
  word.push(ESCAPES.get(charCode) ?? charCode);
  return at + 1;
}

/** C's `isspace`: what separates words, and may follow a closing quote. */
function isSpace(charCode: number): boolean {
  return charCode === SPACE || (charCode >= TAB && charCode <= CR);
}

/** What ends a word that has begun: of the spaces, vertical tab and form feed do not. */
function isWordEnd(charCode: number): boolean {
  return isSpace(charCode) && charCode !== 0x0b && charCode !== 0x0c;
}
