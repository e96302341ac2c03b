import * as fc from "fast-check";
import type { Duration, LeaderboardCache, ScoreBound, ZMember } from "laurel";
import type { BoardMethod, CacheMethod } from "./model-cache.ts";

type Method = CacheMethod | BoardMethod;

/** A call as data: the method's name and its arguments. */
type Call = {
  [M in Method]: readonly [method: M, ...args: Parameters<LeaderboardCache[M]>];
}[Method];

/** One step of a history: a call, a draw at random, or time that passes. */
export type Step =
  | Call
  | readonly ["zRandMember", key: string, count: number]
  | readonly ["advance", ms: number];

/** What histories are made of where they run. */
export interface Setting {
  /** Where time is real, lifetimes must outlast the test. */
  readonly virtualTime: boolean;
}

/** One hash tag for all, so that calls over several keys may run on a cluster. */
const KEYS = ["{t}", "{t}b", "{t}ключ", "{t}\0", "__proto__{t}"];
/** In the order of UTF-16, U+FFFF stands behind the trophy; in that of bytes, before it. */
const MEMBERS = ["", "a", "aa", "b", "\0", "é", "\uffff", "\u{1f3c6}", "__proto__", "zoe"];
const SCORES = [0, -0, 1, 1, 2, 2.5, -3, 1000, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
const TEXTS = [
  "",
  "0",
  "7",
  "-3",
  "007",
  "1.5",
  "9007199254740991",
  "99999999999999999999",
  "text",
];

const key = fc.constantFrom(...KEYS);
const keys = fc.array(key, { maxLength: 4 });
const member = fc.constantFrom(...MEMBERS);
const index = fc.integer({ min: -12, max: 12 });
const value = fc.oneof(
  fc.constantFrom(...TEXTS),
  fc.uint8Array({ maxLength: 6 }).map((octets) => Buffer.from(octets)),
);

/** Mostly what is right, and now and then what has to be refused. */
function mostly<T>(right: fc.Arbitrary<T>, ...wrong: readonly unknown[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 40, arbitrary: right },
    { weight: 1, arbitrary: fc.constantFrom(...wrong) as fc.Arbitrary<T> },
  );
}

const anyKey = mostly(key, "", "\ud800");
const anyMember = mostly(member, "\udfff", "a\ud83c");
const score = mostly(fc.constantFrom(...SCORES), Number.NaN);
const zMember: fc.Arbitrary<ZMember> = fc.record({ member: anyMember, score });
const delta = mostly(
  fc.oneof(
    fc.integer({ min: -20, max: 20 }),
    fc.constantFrom(Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER),
  ),
  1.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  1e300,
);

const scoreBound: fc.Arbitrary<ScoreBound> = mostly(
  fc.oneof(
    fc.constantFrom(...SCORES),
    fc.constantFrom<ScoreBound>("-inf", "+inf", "(-inf", "(+inf"),
    fc.constantFrom(...SCORES).map((one): ScoreBound => `(${one}`),
  ),
  Number.NaN,
  "(",
  "5",
  "inf",
  "",
);
type LexBound = Parameters<LeaderboardCache["zRangeByLex"]>[1];
const lexBound: fc.Arbitrary<LexBound> = mostly(
  fc.oneof(
    fc.constantFrom<LexBound>("-", "+"),
    member.map((one): LexBound => `[${one || "m"}`),
    member.map((one): LexBound => `(${one || "m"}`),
  ),
  "",
  "a",
  "+inf",
);

const reverse = fc.record({ reverse: fc.boolean() }, { requiredKeys: [] });
const page = fc.record(
  {
    reverse: fc.boolean(),
    offset: mostly(fc.integer({ min: 0, max: 12 }), -1, 0.5),
    count: mostly(index, 1.5),
  },
  { requiredKeys: [] },
);
const flags = fc.record(
  {
    nx: fc.boolean(),
    xx: fc.boolean(),
    gt: fc.boolean(),
    lt: fc.boolean(),
    changed: fc.boolean(),
  },
  { requiredKeys: [] },
);

/**
 * Operands with their options. A sum of three with opposite infinities among them depends on which
 * two meet first; the contract does not say, so three boards meet by `min` and `max` only. Nor does
 * it say what a weight of 0 makes of an infinity among other scores.
 */
const operands = fc.array(key, { minLength: 1, maxLength: 3 }).chain((operandKeys) =>
  fc.tuple(
    fc.constant(operandKeys),
    fc.record(
      {
        weights: mostly(
          fc.array(fc.constantFrom(1, -1, 2, 0.5), {
            minLength: operandKeys.length,
            maxLength: operandKeys.length,
          }),
          [],
          [Number.NaN],
        ),
        aggregate:
          operandKeys.length < 3
            ? fc.constantFrom("sum" as const, "min" as const, "max" as const)
            : fc.constantFrom("min" as const, "max" as const),
      },
      { requiredKeys: operandKeys.length < 3 ? [] : ["aggregate"] },
    ),
  ),
);

function call(method: Method, ...args: readonly fc.Arbitrary<unknown>[]): fc.Arbitrary<Step> {
  return fc.tuple(fc.constant(method), ...args) as unknown as fc.Arbitrary<Step>;
}

function cacheCalls({ virtualTime }: Setting): fc.Arbitrary<Step>[] {
  const duration: fc.Arbitrary<Duration> = mostly(
    virtualTime
      ? fc.constantFrom<Duration>(1, 40, 250.5, "500ms", "0.1s", "1m", Number.POSITIVE_INFINITY)
      : fc.constantFrom<Duration>(7_200_000, "2h", "1.5d", Number.POSITIVE_INFINITY),
    0,
    -1,
    "5",
    Number.NaN,
  );
  const lifetime = fc.record({ ttl: duration }, { requiredKeys: [] });
  const anyKeys = fc.array(anyKey, { maxLength: 4 });
  return [
    call("get", anyKey),
    call("set", anyKey, value, lifetime),
    call("delete", anyKey),
    call("exists", anyKey),
    call("incr", anyKey, delta),
    call("decr", anyKey, delta),
    call("append", anyKey, value),
    call("getMany", anyKeys),
    call("setMany", fc.array(fc.tuple(anyKey, value), { maxLength: 3 }), lifetime),
    call("deleteMany", anyKeys),
    call("ttl", anyKey),
    call("expire", anyKey, duration),
  ];
}

function boardCalls(): fc.Arbitrary<Step>[] {
  const zMembers = fc.array(zMember, { minLength: 1, maxLength: 8 });
  const someMembers = fc.array(anyMember, { minLength: 1, maxLength: 4 });
  const count = mostly(fc.integer({ min: 0, max: 4 }), -1, 1.5);
  const stored = operands.chain(([from, options]) =>
    fc.oneof(
      call("zUnionStore", anyKey, fc.constant(from), fc.constant(options)),
      call("zInterStore", anyKey, fc.constant(from), fc.constant(options)),
      call("zDiffStore", anyKey, fc.constant(from)),
    ),
  );
  const read = operands.chain(([from, options]) =>
    fc.oneof(
      call("zUnion", fc.constant(from), fc.constant(options)),
      call("zInter", fc.constant(from), fc.constant(options)),
      call("zDiff", fc.constant(from)),
    ),
  );
  return [
    call("zAdd", anyKey, fc.oneof(zMember, zMembers)),
    call("zAdd", anyKey, zMembers, flags),
    call("zAdd", anyKey, zMembers),
    call("zIncrBy", anyKey, anyMember, score),
    call("zScore", anyKey, anyMember),
    call("zMScore", anyKey, someMembers),
    call("zRank", anyKey, anyMember, reverse),
    call("zRange", anyKey, mostly(index, 0.5, Number.NaN), mostly(index, -1.5), reverse),
    call("zRangeByScore", anyKey, scoreBound, scoreBound, page),
    call("zCard", anyKey),
    call("zCount", anyKey, scoreBound, scoreBound),
    call("zRem", anyKey, fc.oneof(anyMember, someMembers)),
    call("zRemRangeByRank", anyKey, index, index),
    call("zRemRangeByScore", anyKey, scoreBound, scoreBound),
    call("zPopMin", anyKey, count),
    call("zPopMax", anyKey, count),
    call("zMPop", keys, fc.constantFrom("min", "max"), fc.integer({ min: 1, max: 4 })),
    call("zRangeStore", anyKey, key, index, index, reverse),
    stored,
    read,
    fc.tuple(fc.constant("zRandMember" as const), key, index),
  ];
}

/** Calls by words, upon a key whose members are added with one score alone. */
function wordCalls(): fc.Arbitrary<Step>[] {
  const words = fc.constant("{t}words");
  const added = fc.array(fc.record({ member, score: fc.constant(7) }), {
    minLength: 1,
    maxLength: 5,
  });
  return [
    call("zAdd", words, added, flags),
    call("zRangeByLex", words, lexBound, lexBound, page),
    call("zLexCount", words, lexBound, lexBound),
    call("zRemRangeByLex", words, lexBound, lexBound),
    call("zRem", words, member),
  ];
}

/** Histories of steps, sorted sets more often than the rest, `clear` and waiting now and then. */
export function histories(setting: Setting): fc.Arbitrary<Step[]> {
  const waiting = fc.tuple(
    fc.constant("advance" as const),
    fc.constantFrom(1, 39, 40, 100, 251, 60_000),
  );
  const step = fc.oneof(
    { weight: 10, arbitrary: fc.oneof(...cacheCalls(setting)) },
    { weight: 20, arbitrary: fc.oneof(...boardCalls()) },
    { weight: 5, arbitrary: fc.oneof(...wordCalls()) },
    { weight: 1, arbitrary: call("clear") },
    ...(setting.virtualTime ? [{ weight: 3, arbitrary: waiting }] : []),
  );
  return fc.array(step, { minLength: 1, maxLength: 120, size: "max" });
}
