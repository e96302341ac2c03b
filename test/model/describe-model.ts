import * as fc from "fast-check";
import { CacheError, type LeaderboardCache, type ZMember } from "laurel";
import { describe, expect, test } from "vitest";
import type { Backend } from "../contract/backend.ts";
import { collect } from "../contract/expectations.ts";
import { histories, type Step } from "./calls.ts";
import { compareBytes } from "./input.ts";
import { isText } from "./model-cache.ts";
import { ModelLeaderboardCache } from "./model-boards.ts";
import { MODEL_TIMEOUT_MS, modelParameters } from "./parameters.ts";
import { Refusal } from "./refusal.ts";

/** What came of a call: its reply, or the code of its error. */
type Outcome = { readonly reply: unknown } | { readonly code: string };

/** A backend and the model that shadows it, in the same virtual time. */
class Pair {
  readonly cache: LeaderboardCache;
  readonly model: ModelLeaderboardCache;
  readonly #backend: Backend<LeaderboardCache>;
  #now = 0;

  constructor(backend: Backend<LeaderboardCache>, cache: LeaderboardCache) {
    this.cache = cache;
    this.model = new ModelLeaderboardCache({ now: () => this.#now });
    this.#backend = backend;
  }

  get virtualTime(): boolean {
    return this.#backend.advance !== undefined;
  }

  async advance(ms: number): Promise<void> {
    await this.#backend.advance?.(ms);
    this.#now += ms;
  }
}

/**
 * Declares the properties that a backend answers every history of calls as the model does, whether
 * or not somebody waits between the calls, and holds the same in the end.
 */
export function describeModel(name: string, backend: Backend<LeaderboardCache>): void {
  const virtualTime = backend.advance !== undefined;

  describe(`${name} beside the model`, () => {
    test("replies are the model's, and so is the end", { timeout: MODEL_TIMEOUT_MS }, async () => {
      const property = fc.asyncProperty(histories({ virtualTime }), async (history) => {
        await using cache = await backend.create();
        const pair = new Pair(backend, cache);
        for (const step of history) await runStep(pair, step);
        await expectSameContents(pair);
      });
      await fc.assert(property, modelParameters(150));
    });

    test(
      "calls that nobody awaits are answered in order",
      { timeout: MODEL_TIMEOUT_MS },
      async () => {
        const property = fc.asyncProperty(histories({ virtualTime: false }), async (history) => {
          await using cache = await backend.create();
          const pair = new Pair(backend, cache);
          const answered: (() => Promise<void>)[] = [];
          for (const step of history) {
            if (step[0] === "zRandMember" || isUnspecified(pair.model, step)) continue;
            const actual = outcome(pair.cache, step);
            const expected = foretold(pair.model, step);
            answered.push(async () => expectSame(pair, step, await actual, expected));
          }
          for (const check of answered) await check();
          await expectSameContents(pair);
        });
        await fc.assert(property, modelParameters(50));
      },
    );
  });
}

async function runStep(pair: Pair, step: Step): Promise<void> {
  switch (step[0]) {
    case "advance":
      await pair.advance(step[1]);
      break;
    case "zRandMember":
      expectDraw(pair, step[1], step[2], await outcome(pair.cache, step));
      break;
    default:
      if (isUnspecified(pair.model, step)) break;
      expectSame(pair, step, await outcome(pair.cache, step), foretold(pair.model, step));
  }
}

/** By words, a board whose scores differ may give anything. */
function isUnspecified(model: ModelLeaderboardCache, [method, key]: Step): boolean {
  if (!method.includes("Lex") || typeof key !== "string") return false;
  const value = model.live(key)?.value ?? [];
  return !isText(value) && value.some(({ score }) => score !== value[0]?.score);
}

/** Calls one method with its arguments as they stand; an error without a code is none of ours. */
async function outcome(target: object, [method, ...args]: Step): Promise<Outcome> {
  const call = Reflect.get(target, method) as (...args: readonly unknown[]) => unknown;
  try {
    return { reply: await call.apply(target, args) };
  } catch (error) {
    if (error instanceof CacheError || error instanceof Refusal) return { code: error.code };
    throw error;
  }
}

function foretold(model: ModelLeaderboardCache, [method, ...args]: Step): Outcome {
  const call = Reflect.get(model, method) as (...args: readonly unknown[]) => unknown;
  try {
    return { reply: call.apply(model, args) };
  } catch (error) {
    if (error instanceof Refusal) return { code: error.code };
    throw error;
  }
}

function expectSame(pair: Pair, step: Step, actual: Outcome, expected: Outcome): void {
  if (isBadInput(actual) && isBadInput(expected)) return;
  const plain = step[0] === "ttl" && !pair.virtualTime ? withoutTime : withoutNegativeZero;
  expect(plain(actual), JSON.stringify(step)).toEqual(plain(expected));
}

/** Of two faults either may be named; the code of each alone is for the contract suite. */
function isBadInput(one: Outcome): boolean {
  return "code" in one && one.code.startsWith("INVALID_");
}

/** As many different members as there are, or as many as asked with repeats; with their scores. */
function expectDraw(pair: Pair, key: string, count: number, actual: Outcome): void {
  const expected = foretold(pair.model, ["zRange", key, 0, -1]);
  if (!("reply" in expected) || !("reply" in actual)) {
    expect(actual).toEqual(expected);
    return;
  }
  const board = withoutNegativeZero(expected.reply) as ZMember[];
  const drawn = withoutNegativeZero(actual.reply) as ZMember[];
  const size = count < 0 ? (board.length === 0 ? 0 : -count) : Math.min(count, board.length);
  expect(drawn.length).toBe(size);
  for (const one of drawn) expect(board).toContainEqual(one);
  if (count >= 0) expect(new Set(drawn.map(({ member }) => member)).size).toBe(size);
}

async function expectSameContents({ cache, model, virtualTime }: Pair): Promise<void> {
  expect((await collect(cache.keys())).sort()).toEqual(model.names().sort());
  for (const key of model.names()) {
    const plain = virtualTime ? withoutNegativeZero : withoutTime;
    expect(plain(await cache.ttl(key))).toEqual(plain(model.ttl(key)));
    const value = model.live(key)?.value ?? [];
    if (isText(value)) {
      expect(await cache.get(key)).toEqual(value);
      continue;
    }
    const board = withoutNegativeZero(value);
    expect(withoutNegativeZero(await cache.zRange(key, 0, -1))).toEqual(board);
    const reversed = await cache.zRange(key, 0, -1, { reverse: true });
    expect(withoutNegativeZero(reversed.reverse())).toEqual(board);
    const scanned = await collect(cache.zScan(key));
    scanned.sort((a, b) => a.score - b.score || compareBytes(a.member, b.member));
    expect(withoutNegativeZero(scanned)).toEqual(board);
    for (const [rank, { member }] of value.entries()) {
      expect(await cache.zRank(key, member)).toBe(rank);
    }
  }
}

/** The contract does not tell the two zeros apart. */
function withoutNegativeZero(value: unknown): unknown {
  if (typeof value === "number") return value + 0;
  if (typeof value !== "object" || value === null || Buffer.isBuffer(value)) return value;
  if (Array.isArray(value)) return value.map(withoutNegativeZero);
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, withoutNegativeZero(one)]),
  );
}

/** Where time is real, a remaining time is only finite or not. */
function withoutTime(value: unknown): unknown {
  if (typeof value === "number") return Number.isFinite(value) ? "finite" : value;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withoutTime(one)]));
}
