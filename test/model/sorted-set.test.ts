import * as fc from "fast-check";
import type { ScoreBound, ZMember } from "laurel";
import { SortedSet } from "laurel/structures";
import { expect, test } from "vitest";
import { withinScores } from "./input.ts";
import { MODEL_TIMEOUT_MS, modelParameters } from "./parameters.ts";

/** A sorted set as plainly as it can be written; members compare with `<`. */
class PlainSet {
  #ranked: ZMember[] = [];

  get size(): number {
    return this.#ranked.length;
  }

  set(member: string, score: number): boolean {
    const isNew = !this.delete(member);
    const at = this.#ranked.findIndex(
      (one) => one.score > score || (one.score === score && one.member > member),
    );
    this.#ranked.splice(at < 0 ? this.size : at, 0, { member, score });
    return isNew;
  }

  delete(member: string): boolean {
    const at = this.#ranked.findIndex((one) => one.member === member);
    if (at >= 0) this.#ranked.splice(at, 1);
    return at >= 0;
  }

  has(member: string): boolean {
    return this.#ranked.some((one) => one.member === member);
  }

  score(member: string): number | undefined {
    return this.#ranked.find((one) => one.member === member)?.score;
  }

  rank(member: string, reverse = false): number | undefined {
    const rank = this.#turned(reverse).findIndex((one) => one.member === member);
    return rank < 0 ? undefined : rank;
  }

  range(start: number, stop: number, reverse = false): ZMember[] {
    const from = start < 0 ? start + this.size : start;
    const to = stop < 0 ? stop + this.size : stop;
    return this.#turned(reverse).filter((_, rank) => rank >= from && rank <= to);
  }

  rangeByScore(
    min: ScoreBound,
    max: ScoreBound,
    { reverse = false, offset = 0, count = -1 }: Page = {},
  ): ZMember[] {
    const within = withinScores(min, max);
    const rest = this.#turned(reverse)
      .filter(({ score }) => within(score))
      .slice(offset);
    return count < 0 ? rest : rest.slice(0, count);
  }

  countByScore(min: ScoreBound, max: ScoreBound): number {
    return this.rangeByScore(min, max).length;
  }

  increment(member: string, delta: number): number {
    const score = (this.score(member) ?? 0) + delta;
    this.set(member, score);
    return score;
  }

  removeRange(start: number, stop: number): ZMember[] {
    return this.#remove(this.range(start, stop));
  }

  removeRangeByScore(min: ScoreBound, max: ScoreBound): ZMember[] {
    return this.#remove(this.rangeByScore(min, max));
  }

  popMin(count: number): ZMember[] {
    return this.#remove(this.#ranked.slice(0, count));
  }

  popMax(count: number): ZMember[] {
    return this.#remove(this.#turned(true).slice(0, count));
  }

  #remove(gone: ZMember[]): ZMember[] {
    for (const { member } of gone) this.delete(member);
    return gone;
  }

  #turned(reverse: boolean): readonly ZMember[] {
    return reverse ? this.#ranked.toReversed() : this.#ranked;
  }
}

interface Page {
  readonly reverse?: boolean;
  readonly offset?: number;
  readonly count?: number;
}

type Asked = Exclude<keyof PlainSet, "size">;

/** One call of the set, or a crowd that comes or goes at once and takes it past its encodings. */
type Step =
  | readonly [method: Asked, ...args: readonly unknown[]]
  | readonly ["join" | "leave", from: number, count: number, spread: number];

const CROWD = 600;
const TIED = [0, -0, 1, 2, 2.5, -7, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

const member = fc.nat({ max: CROWD }).map((i) => `m${i}`);
const score = fc.oneof(
  fc.constantFrom(...TIED),
  fc.integer({ min: -50, max: 50 }),
  fc.double({ noNaN: true }),
);
const bound = fc.oneof(
  score,
  score.map((one): ScoreBound => `(${one}`),
  fc.constantFrom<ScoreBound>("-inf", "+inf", "(-inf", "(+inf"),
);
const index = fc.integer({ min: -CROWD, max: CROWD });
const page = fc.record(
  { reverse: fc.boolean(), offset: fc.nat({ max: 300 }), count: fc.integer({ min: -1, max: 300 }) },
  { requiredKeys: [] },
);

function ask(method: Asked, ...args: readonly fc.Arbitrary<unknown>[]): fc.Arbitrary<Step> {
  return fc.tuple(fc.constant(method), ...args);
}

function crowd(move: "join" | "leave"): fc.Arbitrary<Step> {
  return fc.tuple(
    fc.constant(move),
    fc.nat({ max: CROWD }),
    fc.integer({ min: 1, max: 250 }),
    fc.constantFrom(1, 3, 1000),
  );
}

const step = fc.oneof(
  { weight: 6, arbitrary: ask("set", member, score) },
  { weight: 3, arbitrary: ask("delete", member) },
  { weight: 1, arbitrary: ask("has", member) },
  { weight: 1, arbitrary: ask("score", member) },
  { weight: 2, arbitrary: ask("rank", member, fc.boolean()) },
  { weight: 2, arbitrary: ask("range", index, index, fc.boolean()) },
  { weight: 2, arbitrary: ask("rangeByScore", bound, bound, page) },
  { weight: 2, arbitrary: ask("countByScore", bound, bound) },
  { weight: 1, arbitrary: ask("increment", member, fc.integer({ min: -9, max: 9 })) },
  { weight: 1, arbitrary: ask("removeRange", index, index) },
  { weight: 1, arbitrary: ask("removeRangeByScore", bound, bound) },
  { weight: 1, arbitrary: ask("popMin", fc.nat({ max: 100 })) },
  { weight: 1, arbitrary: ask("popMax", fc.nat({ max: 100 })) },
  { weight: 4, arbitrary: crowd("join") },
  { weight: 1, arbitrary: crowd("leave") },
);

/** The crowd's moves, one by one: every third member from `from` on, round and round. */
function* moves([move, from, count, spread]: readonly [string, number, number, number]) {
  for (let i = 0; i < count; i++) {
    const name = `m${(from + i * 3) % (CROWD + 1)}`;
    if (move === "join") yield ["set", name, (i * 7) % spread] as const;
    else yield ["delete", name] as const;
  }
}

function callsOf(one: Step): Iterable<readonly [method: string, ...args: readonly unknown[]]> {
  return one[0] === "join" || one[0] === "leave" ? moves(one) : [one];
}

function reply(target: object, [method, ...args]: readonly [string, ...unknown[]]): unknown {
  const call = Reflect.get(target, method) as (...args: readonly unknown[]) => unknown;
  return call.apply(target, args);
}

test(
  "SortedSet answers as a plain array does, at every size",
  { timeout: MODEL_TIMEOUT_MS },
  () => {
    const histories = fc.array(step, { minLength: 1, maxLength: 60, size: "max" });
    const property = fc.property(histories, (history) => {
      const set = new SortedSet();
      const plain = new PlainSet();
      for (const one of history) {
        for (const call of callsOf(one)) {
          expect(alike(reply(set, call)), JSON.stringify(call)).toEqual(alike(reply(plain, call)));
        }
        set.checkInvariants();
        expect(set.size).toBe(plain.size);
      }
      expect(alike(set.range(0, -1))).toEqual(alike(plain.range(0, -1)));
      for (const [rank, { member }] of plain.range(0, -1).entries()) {
        expect(set.rank(member)).toBe(rank);
      }
    });
    fc.assert(property, modelParameters(100));
  },
);

/** Of two equal scores, which zero it is does not matter. */
function alike(value: unknown): unknown {
  if (typeof value === "number") return value + 0;
  if (!Array.isArray(value)) return value;
  return value.map((one: ZMember) => ({ member: one.member, score: one.score + 0 }));
}
