/**
 * How registers tell their writes apart: whatever a register holds says which write gave it its
 * value, and which tokens (increments, appended pieces) were added, and how often.
 */
export interface Content {
  /** The number of the write that set the value; 0: the tokens were added to nothing. */
  readonly base: number;
  /** Numbers of tokens, as often as they were added. */
  readonly tokens: readonly number[];
}

const TEXT = /^(?:v(\d+))?((?:\+\d+)*)$/;

/** The text that the write of this number sets. */
export function textOf(base: number): string {
  return `v${base}`;
}

/** The piece that the token of this number appends. */
export function pieceOf(token: number): string {
  return `+${token}`;
}

/** @returns `undefined` for a text that no writes could have made */
export function parseText(text: string): Content | undefined {
  const match = TEXT.exec(text);
  if (match === null || text === "") return undefined;
  const pieces = match[2] as string;
  return {
    base: Number(match[1] ?? 0),
    tokens: pieces === "" ? [] : pieces.slice(1).split("+").map(Number),
  };
}

/** Tokens that one number can carry, each a digit of its own. */
export const NUMBER_TOKENS_MAX = 22;
/** Values that one number can be set to. */
export const NUMBER_BASES_MAX = 255;
const DIGIT = 4;
const BASE_UNIT = DIGIT ** NUMBER_TOKENS_MAX;

/** The number that the write of this number sets: its tokens leave room below. */
export function numberOf(base: number): number {
  return base * BASE_UNIT;
}

/** What the token of this number adds; odd ones subtract. A digit shows up to three additions. */
export function deltaOf(token: number): number {
  return token % 2 === 0 ? DIGIT ** token : -(DIGIT ** token);
}

/** @returns `undefined` for a number that no writes could have made */
export function parseNumber(value: number): Content | undefined {
  if (!Number.isSafeInteger(value)) return undefined;
  const tokens: number[] = [];
  let rest = value;
  for (let token = 0; token < NUMBER_TOKENS_MAX; token++) {
    const digit = ((rest % DIGIT) + DIGIT) % DIGIT;
    const count = token % 2 === 0 ? digit : (DIGIT - digit) % DIGIT;
    for (let i = 0; i < count; i++) tokens.push(token);
    rest = (rest - (token % 2 === 0 ? count : -count)) / DIGIT;
  }
  return rest < 0 || rest > NUMBER_BASES_MAX ? undefined : { base: rest, tokens };
}
