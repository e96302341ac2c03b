import { parseDouble } from "../protocol/number-text.ts";
import { NO_SLOT } from "../structures/slot-table.ts";
import type { SortedSet } from "../structures/sorted-set.ts";
import type { Keyspace } from "./keyspace.ts";
import { cString, type ElementLookup, lookupByPattern } from "./sort-pattern.ts";
import { markConverted } from "./sorted-set-encoding.ts";
import { sortedSetAt } from "./sorted-sets.ts";

/** How elements are sorted, and what is returned of them. */
export interface SortOptions {
  /** Names the key by whose value an element is sorted; none: it is sorted by itself. */
  readonly by: string | undefined;
  /** Elements stay in order of rank: nothing is sorted. */
  readonly keepsOrder: boolean;
  /** Name the values that are returned for each element; none: the element itself. */
  readonly gets: readonly string[];
  readonly isDescending: boolean;
  /** By bytes and not by number. */
  readonly isAlphabetic: boolean;
  /** Elements left out from the beginning; below 0 counts as 0. */
  readonly offset: number;
  /** Elements returned at most; negative: all. */
  readonly count: number;
}

/** What was sorted, as many values as `length` says: each is looked up only when its turn comes. */
export interface SortedValues extends Iterable<string | undefined> {
  readonly length: number;
}

/**
 * The elements of a key in another order, or values of keys that they name (`undefined` where there
 * is none), as Redis' SORT; a key that is not there has no elements. Returns `undefined` where what
 * is sorted by is no number. O(N log N); where nothing is sorted O(log N + M).
 * @throws {CacheError} `WRONG_TYPE`
 */
export function sort(
  keyspace: Keyspace,
  key: string,
  options: SortOptions,
): SortedValues | undefined {
  const elements = elementsOf(keyspace, key, options);
  if (elements === undefined || options.gets.length === 0) return elements;
  const lookups = options.gets.map((pattern) => lookupByPattern(keyspace, pattern));
  return {
    length: elements.length * lookups.length,
    [Symbol.iterator]: () => valuesOf(elements, lookups),
  };
}

function* valuesOf(
  elements: readonly string[],
  lookups: readonly ElementLookup[],
): Generator<string | undefined, undefined> {
  for (const element of elements) for (const lookup of lookups) yield lookup(element);
}

function elementsOf(keyspace: Keyspace, key: string, options: SortOptions): string[] | undefined {
  const slot = keyspace.lookup(key);
  if (slot === NO_SLOT) return [];
  keyspace.touch(slot);
  const set = sortedSetAt(keyspace, slot);
  // Redis converts what it sorts, and OBJECT ENCODING says so from then on.
  markConverted(keyspace, slot);
  const { keepsOrder, isDescending, offset, count } = options;
  const start = Math.max(0, offset);
  const end = count < 0 ? set.size : Math.min(set.size, start + count);
  if (keepsOrder) {
    return start >= end ? [] : membersOf(set, start, end - 1, isDescending);
  }
  return sorted(keyspace, membersOf(set, 0, -1, false), options)?.slice(start, end);
}

function membersOf(set: SortedSet, start: number, stop: number, reverse: boolean): string[] {
  return set.range(start, stop, reverse).map(({ member }) => member);
}

type Comparison = (a: number, b: number) => number;

function sorted(
  keyspace: Keyspace,
  elements: readonly string[],
  { by, isAlphabetic, isDescending }: SortOptions,
): string[] | undefined {
  const weights = by === undefined ? elements : elements.map(lookupByPattern(keyspace, by));
  const compare = isAlphabetic ? byText(weights) : byNumber(weights);
  if (compare === undefined) return undefined;
  const sign = isDescending ? -1 : 1;
  return elements
    .map((_, i) => i)
    .sort((a, b) => sign * (compare(a, b) || compareTexts(elements[a], elements[b])))
    .map((i) => elements[i] as string);
}

/** Elements without a weight have the weight 0; `undefined` where a weight is no number. */
function byNumber(weights: readonly (string | undefined)[]): Comparison | undefined {
  const numbers = new Float64Array(weights.length);
  for (const [i, weight] of weights.entries()) {
    const number = weight === undefined ? 0 : weightOf(weight);
    if (number === undefined) return undefined;
    numbers[i] = number;
  }
  return (a, b) => {
    const [first, second] = [numbers[a] as number, numbers[b] as number];
    return first === second ? 0 : first < second ? -1 : 1;
  };
}

/** As C compares strings in its own locale: up to a NUL byte. Elements without a weight come first. */
function byText(weights: readonly (string | undefined)[]): Comparison {
  const texts = weights.map((weight) => (weight === undefined ? undefined : cString(weight)));
  return (a, b) => compareTexts(texts[a], texts[b]);
}

function compareTexts(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0;
  if (a === undefined) return -1;
  return b === undefined || a > b ? 1 : -1;
}

/** The least double that is not subnormal: C's `strtod` calls what is closer to zero out of range. */
const NORMAL_MIN = 2 ** -1022;

/**
 * The number that a text spells for C's `strtod`, which is laxer than what is taken for a score: spaces
 * may stand in front, and an empty text is 0.
 */
function weightOf(text: string): number | undefined {
  const digits = cString(text);
  if (digits === "") return 0;
  const number = parseDouble(digits.replace(/^[ \t-\r]+/, ""));
  return number !== 0 && Math.abs(number ?? 0) < NORMAL_MIN ? undefined : number;
}
