import type { Dice } from "../../simulation/dice.ts";

/** Argument lists of commands that write, over few keys, so that they meet. */
export type Argv = readonly string[];

const STRINGS = ["s1", "s2", "s3", "n1", "n2"];
const SETS = ["z1", "z2", "z3", "z4"];
const MEMBERS = ["a", "b", "c", "d", "e", "f", "g", "h"];
const SCORES = ["0", "-0", "1", "1.5", "-3", "1e300", "inf", "-inf", "0.1", "17"];
/** Keys of which there may be many. */
const MANY = 300;
/** How many databases there are. */
export const DATABASES = 3;

/** What may be asked, and how often in comparison. */
const WEIGHTS = {
  set: 12,
  setWithDeadline: 8,
  append: 10,
  count: 8,
  edit: 4,
  getAndChange: 3,
  many: 5,
  remove: 6,
  expire: 8,
  zadd: 14,
  zaddMany: 2,
  zincrby: 6,
  zrem: 5,
  zremRange: 4,
  zpop: 4,
  algebra: 4,
  rename: 6,
  copy: 3,
  move: 2,
  oneOfMany: 10,
  swap: 1,
  flush: 0.4,
  flushAll: 0.3,
} as const;

type Kind = keyof typeof WEIGHTS;

/** A command at random; those that the state of the data refuses are among them. */
export function randomCommand(dice: Dice, nowMs: number): Argv {
  return BUILDERS[dice.weighted(WEIGHTS)](dice, nowMs);
}

/** Sets many keys, of which others follow that change one of them. */
export function manyKeys(dice: Dice): Argv {
  return ["MSET", ...Array.from({ length: MANY }, (_, i) => [`many${i}`, value(dice)]).flat()];
}

const BUILDERS: Readonly<Record<Kind, (dice: Dice, nowMs: number) => Argv>> = {
  set: (dice) => ["SET", stringKey(dice), value(dice), ...dice.pick([[], ["KEEPTTL"], ["NX"]])],
  setWithDeadline: (dice, nowMs) => ["SET", stringKey(dice), value(dice), ...deadline(dice, nowMs)],
  append: (dice) => ["APPEND", stringKey(dice), value(dice)],
  count: (dice) =>
    dice.pick([
      ["INCRBY", counter(dice), String(dice.int(-50, 50))],
      ["INCRBYFLOAT", counter(dice), dice.pick(["0.1", "3.25", "-2"])],
      ["DECR", counter(dice)],
    ]),
  edit: (dice) => ["SETRANGE", stringKey(dice), String(dice.int(0, 30)), value(dice)],
  getAndChange: (dice, nowMs) =>
    dice.pick([
      ["GETDEL", stringKey(dice)],
      ["GETEX", stringKey(dice), ...deadline(dice, nowMs)],
      ["GETEX", stringKey(dice), "PERSIST"],
      ["GETSET", stringKey(dice), value(dice)],
    ]),
  many: (dice) => [
    dice.pick(["MSET", "MSET", "MSETNX"]),
    ...some(dice, STRINGS).flatMap((key) => [key, value(dice)]),
  ],
  remove: (dice) => [dice.pick(["DEL", "UNLINK"]), ...some(dice, [...STRINGS, ...SETS])],
  expire: (dice, nowMs) =>
    dice.pick([
      ["PEXPIREAT", anyKey(dice), String(nowMs + dice.int(-5, 4000))],
      ["PEXPIRE", anyKey(dice), String(dice.int(1, 4000))],
      ["EXPIRE", anyKey(dice), "3"],
      ["PERSIST", anyKey(dice)],
    ]),
  zadd: (dice) => [
    "ZADD",
    setKey(dice),
    ...dice.pick([[], [], ["NX"], ["XX"], ["GT"], ["LT"], ["CH"]]),
    ...some(dice, MEMBERS).flatMap((member) => [score(dice), member]),
  ],
  // More than one command of the journal takes.
  zaddMany: (dice) => [
    "ZADD",
    setKey(dice),
    ...Array.from({ length: dice.int(900, 1300) }, (_, i) => [String(i % 7), `m${i}`]).flat(),
  ],
  zincrby: (dice) => ["ZINCRBY", setKey(dice), score(dice), dice.pick(MEMBERS)],
  zrem: (dice) => ["ZREM", setKey(dice), ...some(dice, MEMBERS)],
  zremRange: (dice) =>
    dice.pick([
      ["ZREMRANGEBYRANK", setKey(dice), "0", String(dice.int(0, 3))],
      ["ZREMRANGEBYSCORE", setKey(dice), "-inf", "1"],
      ["ZREMRANGEBYRANK", setKey(dice), "5", "-1"],
    ]),
  zpop: (dice) => [
    dice.pick(["ZPOPMIN", "ZPOPMAX"]),
    setKey(dice),
    ...dice.pick([[], ["2"], ["1000"]]),
  ],
  algebra: (dice) =>
    dice.pick([
      ["ZUNIONSTORE", setKey(dice), "2", setKey(dice), setKey(dice)],
      ["ZINTERSTORE", setKey(dice), "2", setKey(dice), setKey(dice)],
      ["ZDIFFSTORE", setKey(dice), "2", setKey(dice), setKey(dice)],
      ["ZRANGESTORE", setKey(dice), setKey(dice), "0", String(dice.int(0, 5))],
    ]),
  rename: (dice) => [dice.pick(["RENAME", "RENAME", "RENAMENX"]), anyKey(dice), anyKey(dice)],
  copy: (dice) => {
    const options = dice.pick([[], ["REPLACE"], ["DB", database(dice), "REPLACE"]]);
    return ["COPY", anyKey(dice), anyKey(dice), ...options];
  },
  move: (dice) => ["MOVE", anyKey(dice), database(dice)],
  oneOfMany: (dice) =>
    dice.pick([
      ["SET", oneOfMany(dice), value(dice)],
      ["DEL", oneOfMany(dice)],
      ["APPEND", oneOfMany(dice), "more"],
      ["RENAME", oneOfMany(dice), oneOfMany(dice)],
      ["PEXPIRE", oneOfMany(dice), String(dice.int(1, 4000))],
    ]),
  swap: (dice) => ["SWAPDB", database(dice), database(dice)],
  flush: () => ["FLUSHDB"],
  flushAll: () => ["FLUSHALL"],
};

function stringKey(dice: Dice): string {
  return dice.pick(STRINGS);
}

function oneOfMany(dice: Dice): string {
  return `many${dice.int(0, MANY - 1)}`;
}

function counter(dice: Dice): string {
  return dice.pick(["n1", "n2"]);
}

function setKey(dice: Dice): string {
  return dice.pick(SETS);
}

function anyKey(dice: Dice): string {
  return dice.pick([...STRINGS, ...SETS]);
}

function database(dice: Dice): string {
  return String(dice.int(0, DATABASES - 1));
}

function score(dice: Dice): string {
  return dice.pick(SCORES);
}

function deadline(dice: Dice, nowMs: number): Argv {
  return dice.pick([
    ["PX", String(dice.int(1, 4000))],
    ["PXAT", String(nowMs + dice.int(-5, 4000))],
    ["EX", "2"],
  ]);
}

/** Bytes of all kinds, those among them that the format of the journal is made of. */
function value(dice: Dice): string {
  return dice.pick([
    String(dice.int(-100, 100)),
    "",
    `v${dice.int(0, 9999)}`,
    "\r\n*1\r\n$4\r\nEXEC\r\n",
    "\r\n#CRC32:00000000\r\n",
    "\u0000\u0000\u00ff\u0080\n",
    "x".repeat(dice.int(1, 300)),
  ]);
}

/** One to three of these. */
function some(dice: Dice, from: readonly string[]): string[] {
  return Array.from({ length: dice.int(1, 3) }, () => dice.pick(from));
}
