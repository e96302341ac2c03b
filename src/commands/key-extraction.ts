import { parseInteger } from "../protocol/number-text.ts";
import type { Command, FoundKey, KeyBegin, KeyFind, KeySpec } from "./command.ts";

/** Arguments from `first` to `last`, both included, every `step`. */
interface Range {
  readonly first: number;
  readonly last: number;
  readonly step: number;
}

/** Whether a command can have keys among its arguments at all. */
export function hasKeys(command: Command): boolean {
  return command.findKeys !== undefined || command.keys.some(isOfKeys);
}

/**
 * The keys in a call, in the order in which the specs of the command find them; none where the
 * arguments contradict themselves. `argv` begins with the command's name, or for a subcommand with
 * that of its container. O(arguments).
 *
 * Key specs go first, as in Redis; where they are not enough, or say that the flags depend on the
 * arguments, the command's own `findKeys` decides.
 */
export function findKeys(command: Command, argv: readonly string[]): readonly FoundKey[] {
  const isVariable = command.keys.some(({ flags }) => flags.includes("variable_flags"));
  if (!isVariable && command.keys.some(isOfKeys)) {
    const found = findBySpecs(command.keys, argv);
    if (found !== undefined) return found;
  }
  return command.findKeys?.(argv) ?? [];
}

function isOfKeys({ flags }: KeySpec): boolean {
  return !flags.includes("not_key");
}

/** `undefined` where a spec finds no sense in the arguments, or says that it does not find all. */
function findBySpecs(
  specs: readonly KeySpec[],
  argv: readonly string[],
): readonly FoundKey[] | undefined {
  const found: FoundKey[] = [];
  for (const { begin, find, flags } of specs) {
    if (flags.includes("not_key")) continue;
    const start = beginning(begin, argv);
    if (start === undefined) continue;
    const range = rangeFrom(start, find, argv);
    if (range === undefined || flags.includes("incomplete")) return undefined;
    const { first, last, step } = range;
    if (last >= argv.length || last < first) return undefined;
    for (let at = first; at <= last; at += step) found.push({ at, flags });
  }
  return found;
}

/** Where the keys of a spec begin; `undefined`: its keyword is not there. */
function beginning(begin: KeyBegin, argv: readonly string[]): number | undefined {
  if ("index" in begin) return begin.index;
  const { keyword, startFrom } = begin;
  const isForward = startFrom > 0;
  const end = isForward ? argv.length - 1 : 1;
  let at = isForward ? startFrom : argv.length + startFrom;
  const step = at <= end ? 1 : -1;
  for (; at !== end && at >= 1 && at < argv.length; at += step) {
    if (argv[at]?.toLowerCase() === keyword.toLowerCase()) return at + 1;
  }
  return undefined;
}

function rangeFrom(start: number, find: KeyFind, argv: readonly string[]): Range | undefined {
  if ("isUnknown" in find) return undefined;
  if ("lastKey" in find) {
    const { keyStep, lastKey, limit } = find;
    return { first: start, last: lastOf(start, lastKey, limit, argv.length), step: keyStep };
  }
  const count = parseInteger(argv[start + find.keyNumIndex] ?? "");
  if (count === undefined || count < 0) return undefined;
  const first = start + find.firstKey;
  return { first, last: first + count - 1, step: find.keyStep };
}

/** With a limit, only the first so-manieth part of the arguments are keys. */
function lastOf(start: number, lastKey: number, limit: number, length: number): number {
  if (lastKey >= 0) return start + lastKey;
  if (limit === 0) return length + lastKey;
  return start + Math.floor((length - start) / limit) + lastKey;
}
