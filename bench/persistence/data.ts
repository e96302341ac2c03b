import type { Players } from "../players.ts";
import { whole } from "../report.ts";

/** How many strings, or members of a set. */
export const SIZE = 1_000_000;
/** The sizes that are loaded; targets look at the last. */
export const LOADED_SIZES = [100_000, SIZE] as const;

const BOARD = "board";
const VALUE_BYTES = 32;
/** Odd, so that its products pass through all 32 bits. */
const FACTOR = 0x9e3779b1;

/** Much of something, and what is asked of it meanwhile. */
export interface Data {
  readonly nameOf: (size: number) => string;
  /** The commands that make it, by their numbers. */
  readonly creation: (players: Players, i: number) => readonly string[];
  readonly write: (players: Players, i: number) => readonly string[];
  readonly read: (players: Players, i: number) => readonly string[];
  /** Asks how many there are. */
  readonly count: readonly string[];
}

const STRINGS: Data = {
  nameOf: (size) => `${whole(size)} strings`,
  creation: ({ names }, i) => ["SET", names[i] as string, valueOf(i)],
  write: (players, i) => ["SET", players.name(i), valueOf(i)],
  read: (players, i) => ["STRLEN", players.name(i)],
  count: ["DBSIZE"],
};

const MEMBERS: Data = {
  nameOf: (size) => `a set of ${whole(size)} members`,
  creation: ({ names, scores }, i) => ["ZADD", BOARD, `${scores[i]}`, names[i] as string],
  write: (players, i) => ["ZADD", BOARD, `${players.newScore(i)}`, players.name(i)],
  read: (players, i) => ["ZRANK", BOARD, players.name(i)],
  count: ["ZCARD", BOARD],
};

export const DATA = [STRINGS, MEMBERS] as const;

/** Hexadecimal digits without a pattern, as of a token: compression finds nothing in them. */
function valueOf(i: number): string {
  let digits = "";
  for (let word = i * 4 + 1; digits.length < VALUE_BYTES; word++) {
    const bits = Math.imul(word, FACTOR);
    digits += (Math.imul(bits ^ (bits >>> 15), FACTOR) >>> 0).toString(16).padStart(8, "0");
  }
  return digits;
}
