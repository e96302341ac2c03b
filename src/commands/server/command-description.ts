import type { Command, CommandFlag, KeySpec } from "../command.ts";

/** Where the keys of a command stand, as clients that know no key specs take it. */
export interface KeyRange {
  /** 0: there are none that can be told so. */
  readonly first: number;
  /** Negative: counted from the end. */
  readonly last: number;
  readonly step: number;
  /** There are keys which the range does not tell. */
  readonly isPartial: boolean;
}

const NO_RANGE: KeyRange = { first: 0, last: 0, step: 0, isPartial: false };

/** The flags in the order in which COMMAND tells them; others are not told. */
const TOLD_FLAGS: readonly CommandFlag[] = [
  "write",
  "readonly",
  "denyoom",
  "module",
  "admin",
  "pubsub",
  "noscript",
  "blocking",
  "loading",
  "stale",
  "skip_monitor",
  "skip_slowlog",
  "asking",
  "fast",
  "no_auth",
  "no_async_loading",
  "no_multi",
  "movablekeys",
  "allow_busy",
];

/** The ACL categories, in Redis' order. */
export const CATEGORIES: readonly string[] = [
  "keyspace",
  "read",
  "write",
  "set",
  "sortedset",
  "list",
  "hash",
  "string",
  "bitmap",
  "hyperloglog",
  "geo",
  "stream",
  "pubsub",
  "admin",
  "fast",
  "slow",
  "blocking",
  "dangerous",
  "connection",
  "transaction",
  "scripting",
];

/** The flags of a command as COMMAND tells them, with what its key specs imply. */
export function flagsOf(command: Command): readonly CommandFlag[] {
  const flags = new Set(command.flags);
  if (keyRange(command).isPartial) flags.add("movablekeys");
  return TOLD_FLAGS.filter((flag) => flags.has(flag));
}

/** The ACL categories of a command, those that its flags imply included. */
export function categoriesOf({ categories, flags }: Command): readonly string[] {
  const all = new Set(categories);
  const has = (flag: CommandFlag): boolean => flags.includes(flag);
  if (has("write")) all.add("write");
  if (has("readonly") && !all.has("scripting")) all.add("read");
  if (has("admin")) for (const category of ["admin", "dangerous"]) all.add(category);
  if (has("pubsub")) all.add("pubsub");
  if (has("blocking")) all.add("blocking");
  all.add(has("fast") ? "fast" : "slow");
  if (all.has("fast")) all.delete("slow");
  return CATEGORIES.filter((category) => all.has(category));
}

/** The range that holds the keys of a command, as Redis works it out of the key specs. */
export function keyRange({ keys }: Command): KeyRange {
  const [only] = keys;
  if (only === undefined) return NO_RANGE;
  const range = keys.length === 1 ? rangeOf(only) : undefined;
  if (range !== undefined) return { ...range, isPartial: only.flags.includes("incomplete") };
  return joinedRange(keys);
}

/** The range of several specs, one right behind the other with a step of 1. */
function joinedRange(keys: readonly KeySpec[]): KeyRange {
  let joined: KeyRange | undefined;
  let isPartial = false;
  for (const spec of keys) {
    const range = rangeOf(spec);
    const follows = joined === undefined || joined.last === (range?.first ?? 0) - 1;
    if (range === undefined || range.step !== 1 || !follows) {
      isPartial = true;
      continue;
    }
    isPartial ||= spec.flags.includes("incomplete");
    joined = { ...range, first: joined?.first ?? range.first };
  }
  return joined === undefined ? { ...NO_RANGE, isPartial: true } : { ...joined, isPartial };
}

function rangeOf({ begin, find }: KeySpec): KeyRange | undefined {
  if (!("index" in begin) || !("lastKey" in find)) return undefined;
  const last = find.lastKey < 0 ? find.lastKey : begin.index + find.lastKey;
  return { first: begin.index, last, step: find.keyStep, isPartial: false };
}
