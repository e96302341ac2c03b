/** Tokens of a pattern: a byte as its number, or one of these, or the table of a class. */
const ANY_BYTE = -1;
const ANY_BYTES = -2;
/** By byte: 1 where the class holds it. */
type ByteClass = Uint8Array;
type Token = number | ByteClass;

/** Whether a byte string matches the pattern that this was made of. */
export type GlobMatcher = (text: string) => boolean;

/**
 * Makes a matcher of a pattern as Redis' KEYS reads it: `*` any bytes, `?` one byte, `[abc]`,
 * `[a-z]`, `[^a]` one byte of a class, `\` takes the next byte as it is. A class that is not closed
 * ends with the pattern.
 *
 * Only the latest `*` ever needs another try, so a match costs O(pattern * text) whatever the
 * pattern is; a matcher that recurses at each `*` takes exponential time on `a*a*a*a*b`.
 */
export function compileGlob(pattern: string): GlobMatcher {
  const tokens = tokenize(pattern);
  return (text) => matches(tokens, text);
}

function matches(tokens: readonly Token[], text: string): boolean {
  let token = 0;
  let at = 0;
  let afterStar = -1;
  let starEnd = 0;
  while (at < text.length) {
    if (tokens[token] === ANY_BYTES) {
      afterStar = ++token;
      starEnd = at;
    } else if (accepts(tokens[token], text.charCodeAt(at))) {
      token++;
      at++;
    } else if (afterStar >= 0) {
      token = afterStar;
      at = ++starEnd;
    } else return false;
  }
  while (tokens[token] === ANY_BYTES) token++;
  return token === tokens.length;
}

function accepts(token: Token | undefined, byte: number): boolean {
  if (typeof token === "number") return token === byte || token === ANY_BYTE;
  return token !== undefined && token[byte] === 1;
}

function tokenize(pattern: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at];
    if (char === "*") {
      if (tokens.at(-1) !== ANY_BYTES) tokens.push(ANY_BYTES);
    } else if (char === "?") tokens.push(ANY_BYTE);
    else if (char === "[") {
      const members: ByteClass = new Uint8Array(256);
      at = readClass(pattern, at + 1, members);
      tokens.push(members);
    } else {
      if (char === "\\" && at + 1 < pattern.length) at++;
      tokens.push(pattern.charCodeAt(at));
    }
  }
  return tokens;
}

/** Fills `members` with the class that begins at `start`; returns where it ends. */
function readClass(pattern: string, start: number, members: ByteClass): number {
  const negated = pattern[start] === "^";
  let at = negated ? start + 1 : start;
  for (; at < pattern.length && pattern[at] !== "]"; at++) {
    if (pattern[at] === "\\" && at + 1 < pattern.length) {
      members[pattern.charCodeAt(++at)] = 1;
    } else if (pattern[at + 1] === "-" && at + 2 < pattern.length) {
      const ends = [pattern.charCodeAt(at), pattern.charCodeAt(at + 2)];
      members.fill(1, Math.min(...ends), Math.max(...ends) + 1);
      at += 2;
    } else members[pattern.charCodeAt(at)] = 1;
  }
  if (negated) for (let byte = 0; byte < 256; byte++) members[byte] = 1 - (members[byte] as number);
  return at;
}
