import type { Cache, LeaderboardCache, ZMember } from "laurel";
import { CacheError } from "laurel";
import { expect } from "vitest";

/** Text to bytes, in UTF-8. */
export const bytes = (text: string): Buffer => Buffer.from(text, "utf8");

/** `{ member, score }` for each pair: boards that fit a line. */
export function members(
  ...pairs: readonly (readonly [member: string, score: number])[]
): ZMember[] {
  return pairs.map(([member, score]) => ({ member, score }));
}

/** The names alone, in the order given. */
export function names(ranked: readonly ZMember[]): string[] {
  return ranked.map(({ member }) => member);
}

/** Everything that an asynchronous iterable gives. */
export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of source) all.push(item);
  return all;
}

/** The text under a key, `undefined` for none. */
export async function text(cache: Cache, key: string): Promise<string | undefined> {
  return (await cache.get(key))?.toString("utf8");
}

/** The error that a call rejects with; a call that throws instead of rejecting fails the test. */
export async function rejection(call: () => Promise<unknown>): Promise<unknown> {
  let promise: Promise<unknown>;
  try {
    promise = call();
  } catch (thrown) {
    throw new Error("The call threw instead of returning a promise that rejects", {
      cause: thrown,
    });
  }
  return promise.then(
    (value) => {
      throw new Error(`The call resolved where it should reject: ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
}

/** What a refusal looks like: a code or a family of them, and a piece of what was received. */
interface Refusal {
  readonly code: string | RegExp;
  readonly received?: string;
}

/** Asserts a `CacheError` of this code whose message is "Cannot X: reason: received Y". */
function expectCacheError(error: unknown, { code, received }: Refusal): void {
  expect(error).toBeInstanceOf(CacheError);
  if (!(error instanceof CacheError)) return;
  expect(error.code).toEqual(typeof code === "string" ? code : expect.stringMatching(code));
  expect(error.message).toMatch(/^Cannot [^]+: [^]+/);
  if (error.code === "CLOSED") return;
  expect(error.message).toMatch(/^Cannot [^]+: [^]+: received [^]+/);
  const said = error.message.slice(error.message.indexOf(": received "));
  if (received !== undefined) expect(said).toContain(received);
}

/** Asserts that the call rejects so, without having thrown. */
export async function expectRefusal(
  call: () => Promise<unknown>,
  code: Refusal["code"],
  received?: string,
): Promise<void> {
  const refusal = received === undefined ? { code } : { code, received };
  expectCacheError(await rejection(call), refusal);
}

/** Asserts that the constructor throws `INVALID_CONFIG` and says what it received. */
export function expectInvalidConfig(construct: () => unknown, received?: string): void {
  const refusal: Refusal =
    received === undefined ? { code: "INVALID_CONFIG" } : { code: "INVALID_CONFIG", received };
  let error: unknown;
  try {
    construct();
  } catch (thrown) {
    error = thrown;
  }
  expectCacheError(error, refusal);
}

const TTL_GRAIN_MS = 600_000;

function isLeaderboardCache(cache: Cache): cache is LeaderboardCache {
  return "zRange" in cache;
}

async function content(cache: Cache, key: string): Promise<unknown> {
  try {
    return await cache.get(key);
  } catch (error) {
    if (!isLeaderboardCache(cache)) throw error;
    return await cache.zRange(key, 0, -1);
  }
}

/** Everything a cache holds; lifetimes in steps of ten minutes, for where time is real. */
export async function contents(cache: Cache): Promise<Map<string, unknown>> {
  const all = new Map<string, unknown>();
  for (const key of (await collect(cache.keys())).sort()) {
    const ttl = await cache.ttl(key);
    all.set(key, {
      value: await content(cache, key),
      lifetime: ttl === undefined ? undefined : Math.ceil(ttl / TTL_GRAIN_MS),
    });
  }
  return all;
}

/** Asserts that the cache holds after the work what it held before. */
export async function expectUnchanged(cache: Cache, work: () => Promise<void>): Promise<void> {
  const before = await contents(cache);
  await work();
  expect(await contents(cache)).toEqual(before);
}
