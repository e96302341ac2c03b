import { NO_SLOT } from "../structures/slot-table.ts";
import type { Keyspace } from "./keyspace.ts";

/** Finds the value that a pattern names for an element of what is sorted; `undefined`: none. */
export type ElementLookup = (element: string) => string | undefined;

/**
 * A text up to its first NUL byte: where Redis reads patterns and numbers of SORT as C strings, the
 * rest does not count.
 */
export function cString(text: string): string {
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}

/** Whether a pattern names one and the same key for all elements; as BY it says not to sort. */
export function isConstantPattern(pattern: string): boolean {
  return !cString(pattern).includes("*");
}

/**
 * Reads a pattern of SORT: `#` is the element itself; in the rest the first `*` stands for the
 * element, and the result is a key that holds a string. One without `*` finds nothing, nor does one
 * that goes on to a field of a hash (`key->field`), as no key holds a hash.
 */
export function lookupByPattern(keyspace: Keyspace, pattern: string): ElementLookup {
  if (pattern === "#") return (element) => element;
  if (isConstantPattern(pattern)) return () => undefined;
  const star = pattern.indexOf("*");
  const prefix = pattern.slice(0, star);
  const suffix = pattern.slice(star + 1);
  if (/->[^]/.test(cString(suffix))) return () => undefined;
  return (element) => stringOf(keyspace, prefix + element + suffix);
}

function stringOf(keyspace: Keyspace, key: string): string | undefined {
  const slot = keyspace.lookup(key);
  if (slot === NO_SLOT) return undefined;
  keyspace.touch(slot);
  const value = keyspace.valueAt(slot);
  return typeof value === "string" ? value : undefined;
}
