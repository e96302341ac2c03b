import { CacheError } from "../errors.ts";
import { stringBytes } from "../structures/heap-cost.ts";
import { NO_SLOT } from "../structures/slot-table.ts";
import { remove } from "./keys.ts";
import type { Keyspace } from "./keyspace.ts";
import { isOver, vacate } from "./state.ts";
import { markEdited } from "./string-encoding.ts";
import { spokenType } from "./value.ts";

/** The longest string value, in bytes: what one JavaScript string holds in Node.js 20, 2^29 - 24. */
export const VALUE_BYTES_MAX = 2 ** 29 - 24;

/** Under which condition a value is set, and until when it is to live. */
export interface SetTerms {
  readonly onlyIf: "absent" | "present" | "always";
  /** In absolute milliseconds, Infinity: for ever; or as long as what it replaces. */
  readonly expiresAt: number | "kept";
}

/**
 * The value of a key, or `undefined`. O(1).
 * @throws {CacheError} `WRONG_TYPE` when the key holds something else
 */
export function get(keyspace: Keyspace, key: string): string | undefined {
  const slot = keyspace.lookup(key);
  if (slot === NO_SLOT) {
    keyspace.stats.misses++;
    return undefined;
  }
  const value = stringAt(keyspace, slot, "read");
  keyspace.stats.hits++;
  keyspace.touch(slot);
  return value;
}

/** The value of a key, `undefined` also where it holds something else, as in Redis' MGET. O(1). */
export function getOrNothing(keyspace: Keyspace, key: string): string | undefined {
  const slot = keyspace.lookup(key);
  const value = slot === NO_SLOT ? undefined : keyspace.valueAt(slot);
  if (typeof value !== "string") {
    keyspace.stats.misses++;
    return undefined;
  }
  keyspace.stats.hits++;
  keyspace.touch(slot);
  return value;
}

/**
 * Gives a key a value and a deadline, whatever it held. O(1).
 * @throws {CacheError} `CACHE_FULL` when it cannot fit; nothing changes then
 */
export function set(keyspace: Keyspace, key: string, value: string, expiresAt: number): void {
  setAt(keyspace, key, keyspace.lookup(key), value, expiresAt);
}

/**
 * Sets a value on terms. A deadline that is not after now leaves no key. O(1).
 * @returns whether the condition held
 * @throws {CacheError} `CACHE_FULL` when it cannot fit; nothing changes then
 */
export function setIf(keyspace: Keyspace, key: string, value: string, terms: SetTerms): boolean {
  return setAtIf(keyspace, key, keyspace.lookup(key), value, terms);
}

/**
 * {@link setIf} that returns the former value, `undefined` where there was none. O(1).
 * @throws {CacheError} `WRONG_TYPE` when the key holds something else; `CACHE_FULL`
 */
export function getAndSetIf(
  keyspace: Keyspace,
  key: string,
  value: string,
  terms: SetTerms,
): string | undefined {
  const former = get(keyspace, key);
  const slot = former === undefined ? NO_SLOT : keyspace.lookup(key);
  setAtIf(keyspace, key, slot, value, terms);
  return former;
}

/**
 * Removes a string and returns it, `undefined` where there is no such key. O(1).
 * @throws {CacheError} `WRONG_TYPE` when the key holds something else
 */
export function getAndDelete(keyspace: Keyspace, key: string): string | undefined {
  const value = get(keyspace, key);
  if (value !== undefined) remove(keyspace, key);
  return value;
}

/**
 * Sets all pairs or none, a key given twice in order. O(n).
 * @throws {CacheError} `CACHE_FULL` when one of them, or under `none` all of them, cannot fit
 */
export function setMany(
  keyspace: Keyspace,
  pairs: readonly (readonly [key: string, value: string])[],
  expiresAt: number,
): void {
  if (keyspace.isLimited && !keyspace.evicts) {
    setManyOrNone(keyspace, pairs, expiresAt);
    return;
  }
  for (const [key, value] of pairs) {
    keyspace.checkFitsAlone(keyspace.entryCost(key, stringBytes(value.length), expiresAt));
  }
  for (const [key, value] of pairs) set(keyspace, key, value, expiresAt);
}

/**
 * {@link setMany} where none of the keys exists. O(n).
 * @returns whether none did
 * @throws {CacheError} as {@link setMany}
 */
export function setManyIfAbsent(
  keyspace: Keyspace,
  pairs: readonly (readonly [key: string, value: string])[],
  expiresAt: number,
): boolean {
  if (pairs.some(([key]) => keyspace.lookup(key) !== NO_SLOT)) return false;
  setMany(keyspace, pairs, expiresAt);
  return true;
}

/**
 * Appends to the value of a key, an absent one being empty, and returns the new length. The
 * deadline stays. O(length of the data), amortised.
 * @throws {CacheError} `WRONG_TYPE`, `OVERFLOW` beyond `bytesMax` bytes, `CACHE_FULL`
 */
export function append(
  keyspace: Keyspace,
  key: string,
  data: string,
  bytesMax: number = VALUE_BYTES_MAX,
): number {
  const slot = keyspace.lookup(key);
  if (slot === NO_SLOT) {
    reportSet(keyspace, store(keyspace, key, slot, data));
    return data.length;
  }
  const former = stringAt(keyspace, slot, "append to");
  const length = former.length + data.length;
  checkValueBytes("append", length, bytesMax);
  markEdited(keyspace, store(keyspace, key, slot, join(former, data)));
  keyspace.onEffect?.({ type: "append", key, data });
  return length;
}

/** Throws `OVERFLOW` when a value would be longer than `bytesMax`, or than any can be. */
export function checkValueBytes(verb: string, bytes: number, bytesMax: number): void {
  const limit = Math.min(bytesMax, VALUE_BYTES_MAX);
  if (bytes <= limit) return;
  throw new CacheError(
    "OVERFLOW",
    `Cannot ${verb}: a value has at most ${limit} bytes: received ${bytes} in all`,
  );
}

/** Links of 32 bytes that a value may consist of, as a part of its own length. */
const LINKS_SHARE_BITS = 5;

/**
 * The concatenation, joined in memory from time to time. V8 links the two parts, which costs 32
 * bytes however short they are, and joins all when the text is read; many small appends that
 * nobody reads would hold many times the value. Joining whenever the length passes a 32nd of
 * itself bounds that by the length, at a cost of 32 bytes copied for each byte appended.
 */
function join(former: string, data: string): string {
  const text = former + data;
  const lengthBits = 31 - Math.clz32(text.length);
  const stepBits = Math.max(LINKS_SHARE_BITS, lengthBits - LINKS_SHARE_BITS);
  if (text.length >> stepBits !== former.length >> stepBits) text.charCodeAt(0);
  return text;
}

/**
 * Stores a value that an operation made of the former one: the deadline of what exists stays.
 * @returns the slot
 */
export function store(keyspace: Keyspace, key: string, slot: number, value: string): number {
  const bytes = stringBytes(value.length);
  if (slot === NO_SLOT) {
    const expiresAt = keyspace.defaultExpiry();
    keyspace.makeRoom(1, keyspace.entryCost(key, bytes, expiresAt), NO_SLOT);
    return keyspace.insert(key, value, expiresAt);
  }
  keyspace.makeRoom(0, bytes - stringBytes((keyspace.valueAt(slot) as string).length), slot);
  keyspace.replace(slot, value);
  keyspace.touch(slot);
  return slot;
}

/** Reports the string at a slot as it now is. */
export function reportSet(keyspace: Keyspace, slot: number): void {
  if (keyspace.onEffect === undefined) return;
  keyspace.onEffect({
    type: "set",
    key: keyspace.keyAt(slot),
    value: keyspace.valueAt(slot) as string,
    expiresAt: keyspace.expiresAt(slot),
  });
}

/** The string at a slot; `verb` says in the error what was to be done with it. */
export function stringAt(keyspace: Keyspace, slot: number, verb: string): string {
  const value = keyspace.valueAt(slot);
  if (typeof value === "string") return value;
  throw new CacheError(
    "WRONG_TYPE",
    `Cannot ${verb} the value: the key must hold a string: received ${spokenType(value)}`,
  );
}

function setAtIf(
  keyspace: Keyspace,
  key: string,
  slot: number,
  value: string,
  { onlyIf, expiresAt }: SetTerms,
): boolean {
  const exists = slot !== NO_SLOT;
  if (onlyIf !== "always" && exists !== (onlyIf === "present")) {
    if (exists) keyspace.touch(slot);
    return false;
  }
  if (expiresAt === "kept") {
    const deadline = exists ? keyspace.expiresAt(slot) : keyspace.defaultExpiry();
    setAt(keyspace, key, slot, value, deadline);
  } else if (isOver(keyspace, expiresAt)) vacate(keyspace, key);
  else setAt(keyspace, key, slot, value, expiresAt);
  return true;
}

/** Makes room for a value and writes it. */
function setAt(
  keyspace: Keyspace,
  key: string,
  slot: number,
  value: string,
  expiresAt: number,
): void {
  if (keyspace.isLimited) {
    const cost = keyspace.entryCost(key, stringBytes(value.length), expiresAt);
    if (slot === NO_SLOT) keyspace.makeRoom(1, cost, NO_SLOT);
    else keyspace.makeRoom(0, cost - keyspace.costAt(slot), slot);
  }
  write(keyspace, key, slot, value, expiresAt);
}

function write(
  keyspace: Keyspace,
  key: string,
  slot: number,
  value: string,
  expiresAt: number,
): void {
  if (slot === NO_SLOT) keyspace.insert(key, value, expiresAt);
  else {
    keyspace.overwrite(slot, value, expiresAt);
    keyspace.touch(slot);
  }
  keyspace.stats.sets++;
  keyspace.onEffect?.({ type: "set", key, value, expiresAt });
}

/** Writes all pairs where they fit together: what one gives up, another may take. */
function setManyOrNone(
  keyspace: Keyspace,
  pairs: readonly (readonly [key: string, value: string])[],
  expiresAt: number,
): void {
  // Of a key given twice only the last value counts: the first may need room that both do not.
  const lasting = new Map(pairs);
  let entries = 0;
  let bytes = 0;
  for (const [key, value] of lasting) {
    const slot = keyspace.lookup(key);
    const held = slot === NO_SLOT ? 0 : keyspace.costAt(slot);
    if (slot === NO_SLOT) entries++;
    bytes += keyspace.entryCost(key, stringBytes(value.length), expiresAt) - held;
  }
  keyspace.makeRoom(entries, bytes, NO_SLOT);
  for (const [key, value] of lasting) write(keyspace, key, keyspace.lookup(key), value, expiresAt);
}
