import type { Duration, SetOptions } from "../cache/contract.ts";
import { parseDuration } from "../cache/duration.ts";
import { checkDeadline, encodeKeys, encodePairs } from "../cache/inputs.ts";

/**
 * Arguments as they were when the call was made: it may wait for its turn, and be made again to
 * another node, while the caller goes on with his buffers and his iterables are used up.
 */

/** How long a key is to live: for a time, or until a moment of the coordinator's clock. */
export interface Lifetime {
  readonly ttlMs: number | undefined;
  readonly expiresAt: number | undefined;
}

/** The lifetime that options ask for; `undefined`: the node's default. @throws {CacheError} `INVALID_TTL` */
export function lifetimeOf({ ttl, expiresAt }: SetOptions): Lifetime | undefined {
  if (ttl === undefined && expiresAt === undefined) return undefined;
  return { ttlMs: ttl === undefined ? undefined : parseDuration(ttl), expiresAt: until(expiresAt) };
}

/**
 * The lifetime that `expire` gives. The duration must be right even where a deadline is given, too, which
 * is what counts then.
 * @throws {CacheError} `INVALID_TTL`
 */
export function newLifetime(ttl: Duration, expiresAt: number | undefined): Lifetime {
  return { ttlMs: parseDuration(ttl), expiresAt: until(expiresAt) };
}

function until(expiresAt: number | undefined): number | undefined {
  return expiresAt === undefined ? undefined : checkDeadline(expiresAt);
}

/** When a key goes that is given this lifetime now. */
export function deadlineOf({ ttlMs, expiresAt }: Lifetime, now: number): number {
  return expiresAt ?? now + (ttlMs ?? Infinity);
}

/** The keys, copied. @throws {CacheError} `INVALID_KEY` */
export function copyKeys(keys: readonly string[]): readonly string[] {
  encodeKeys(keys, Infinity);
  return [...keys];
}

/** A value. What is neither text nor bytes is left to the node to refuse. */
export function copyValue(value: string | Uint8Array): string | Uint8Array {
  return value instanceof Uint8Array ? Buffer.from(value) : value;
}

/** Pairs of key and value, copied, with keys that every node takes. @throws {CacheError} `INVALID_KEY`, `INVALID_VALUE` */
export function copyPairs(
  entries: Iterable<readonly [key: string, value: string | Uint8Array]>,
  maxKeyBytes: number,
): (readonly [key: string, value: string | Uint8Array])[] {
  const isList = typeof entries === "object" && entries !== null && Symbol.iterator in entries;
  const pairs = isList ? [...entries] : entries;
  encodePairs(pairs, maxKeyBytes);
  return Array.from(pairs, ([key, value]) => [key, copyValue(value)] as const);
}

/** What an iterable gives, all at once; anything else is left to the node to refuse. */
export function listOf<T>(items: T | Iterable<T>): T | Iterable<T> {
  const isList = typeof items === "object" && items !== null && Symbol.iterator in items;
  return isList ? [...items] : items;
}
