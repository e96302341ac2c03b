import type { Dice } from "./dice.ts";
import type { Placeholders } from "./grammar.ts";

/** The keys of all calls, so few that every one holds every type now and then. */
const KEYS: readonly string[] = [
  "a",
  "b",
  "c",
  "d",
  "e",
  "f",
  "g",
  "h",
  "key:1",
  "key:2",
  "w_1",
  "w_2",
  "w_a",
  "{t}x",
  "\x00\xff",
  "a b",
];
/** Keys whose sorted sets have equal scores only: ranges of members mean something there alone. */
const LEX_KEYS: readonly string[] = ["lex:1", "lex:2"];
const MEMBERS: readonly string[] = [
  "a",
  "b",
  "c",
  "d",
  "1",
  "2",
  "10",
  "aa",
  "ab",
  "",
  "\xe9\x00",
  "x".repeat(70),
];
const VALUES: readonly string[] = [
  "",
  "0",
  "1",
  "-7",
  "10",
  "3.5",
  "-0.25",
  "1e3",
  "9223372036854775807",
  "-9223372036854775808",
  "9007199254740993",
  "hello world",
  "Hello, \xe4\x00\r\n!",
  "foobar",
  "x".repeat(44),
  "y".repeat(45),
  "abcabcabc".repeat(20),
  " 1",
  "nan",
  "12345678901234567890",
];
const SCORES: readonly string[] = [
  "0",
  "1",
  "2",
  "-1",
  "2.5",
  "3.1",
  "-0",
  "1e10",
  "1.7976931348623157e308",
  "0.1",
  "inf",
  "-inf",
  "+inf",
  "0x10",
  "1e-7",
  "100000000000000000",
  "9007199254740993",
];
const BAD: readonly string[] = [
  "",
  "nan",
  "abc",
  "1.5.2",
  "1e400",
  "9223372036854775808",
  "-9223372036854775809",
  " 1",
  "1 ",
  "+1",
  "01",
  "(",
  "[",
  "-1",
  "0",
  "99999999999",
  "syntax",
];
const FUTURE_SECONDS = 4_000_000_000;

const one =
  (values: readonly string[]): ((dice: Dice) => string[]) =>
  (dice) => [dice.pick(values)];

/** Sometimes something that does not belong there. */
const mostly =
  (draw: (dice: Dice) => string): ((dice: Dice) => string[]) =>
  (dice) => [dice.chance(0.04) ? dice.pick(BAD) : draw(dice)];

const keysCounted = (dice: Dice): string[] => {
  const keys = Array.from({ length: dice.int(1, 3) }, () => dice.pick(KEYS));
  const count = dice.chance(0.05) ? dice.int(-1, 5) : keys.length;
  return [String(count), ...keys];
};

const weighted = (dice: Dice): string[] => {
  const keys = keysCounted(dice);
  if (!dice.chance(0.4)) return keys;
  const weights = dice.chance(0.05) ? 1 : keys.length - 1;
  return [
    ...keys,
    "weights",
    ...Array.from({ length: weights }, () => dice.pick(["1", "2", "-1", "0", "0.5", "inf", "x"])),
  ];
};

const scoreBound = (dice: Dice): string => {
  const score = dice.pick(["-inf", "+inf", "inf", "0", "1", "2", "3", "-1", "2.5", "1e10", "0x2"]);
  return dice.chance(0.3) ? `(${score}` : score;
};

const lexBound = (dice: Dice): string =>
  dice.chance(0.3) ? dice.pick(["-", "+"]) : `${dice.pick(["[", "("])}${dice.pick(MEMBERS)}`;

/** Payloads of DUMP that a real server gave; RESTORE draws from them. */
export class Payloads {
  readonly #payloads: string[] = [];

  add(payload: string): void {
    if (this.#payloads.length < 64) this.#payloads.push(payload);
    else this.#payloads[payload.length % 64] = payload;
  }

  draw(dice: Dice): string {
    if (this.#payloads.length === 0 || dice.chance(0.05)) return "not a payload";
    const payload = dice.pick(this.#payloads);
    if (!dice.chance(0.08)) return payload;
    const at = dice.int(0, payload.length - 1);
    return `${payload.slice(0, at)}${String.fromCharCode(dice.int(0, 255))}${payload.slice(at + 1)}`;
  }
}

/** What the placeholders of the table of syntaxes stand for. */
export function createPlaceholders(payloads: Payloads): Placeholders {
  return {
    key: one(KEYS),
    lexkey: one(LEX_KEYS),
    numkeys: keysCounted,
    weighted,
    value: one(VALUES),
    member: one(MEMBERS),
    score: mostly((dice) => dice.pick(SCORES)),
    delta: mostly((dice) => dice.pick(["1", "-1", "5", "100", "0", "9223372036854775807"])),
    float: mostly((dice) =>
      dice.pick(["1.5", "-0.1", "3", "1e5", "0.000001", "1e17", "-12345.678"]),
    ),
    index: mostly((dice) => String(dice.int(-8, 12))),
    offset: mostly((dice) => String(dice.int(0, 60))),
    count: mostly((dice) => String(dice.int(1, 6))),
    samples: mostly((dice) => String(dice.int(-5, 6))),
    limit: (dice) => [String(dice.int(-1, 4)), String(dice.int(-2, 5))],
    seconds: mostly((dice) => String(dice.int(1000, 100_000))),
    ms: mostly((dice) => String(dice.int(1_000_000, 100_000_000))),
    unixseconds: mostly((dice) => String(dice.chance(0.1) ? 1 : FUTURE_SECONDS + dice.int(0, 9))),
    futureseconds: mostly((dice) => String(FUTURE_SECONDS + dice.int(0, 9))),
    // SET with a time that is over leaves a key in Redis that DBSIZE counts until it is collected.
    futurems: (dice) => [
      dice.chance(0.04)
        ? dice.pick(["0", "-1", "abc", "9223372036854775808"])
        : String((FUTURE_SECONDS + dice.int(0, 9)) * 1000 + dice.int(0, 999)),
    ],
    unixms: mostly((dice) => String((FUTURE_SECONDS + dice.int(0, 9)) * 1000 + dice.int(0, 999))),
    pattern: one([
      "*",
      "?",
      "a*",
      "[a-c]",
      "[^a]*",
      "key:?",
      "w_*",
      "\\*",
      "nothing",
      "*[",
      "{t}*",
    ]),
    min: mostly(scoreBound),
    max: mostly(scoreBound),
    lexmin: mostly(lexBound),
    lexmax: mostly(lexBound),
    db: mostly((dice) => String(dice.int(0, 2))),
    badcursor: one(["abc", "1 ", "0x1"]),
    // Never 0, nor a long one: nobody would wake the client.
    timeout: (dice) => [dice.chance(0.05) ? dice.pick(["-1", "abc", "", "inf"]) : "0.001"],
    bykey: one(["w_*", "nosort", "a*", "key:*->f", "*"]),
    getkey: one(["#", "w_*", "a*", "key:*", "w_*->f", "nothing"]),
    payload: (dice) => [payloads.draw(dice)],
    type: one(["string", "zset", "list", "set", "hash", "stream", "nothing"]),
    junk: one(BAD),
  };
}
