import { stringBytes } from "../structures/heap-cost.ts";
import { SortedSet } from "../structures/sorted-set.ts";

/** What a value of each type is held as, under the name that TYPE gives it. */
interface ValueTypes {
  string: string;
  zset: SortedSet;
}

/** The types that a key can have, by the names that TYPE gives them. */
export type TypeName = keyof ValueTypes;

/** What a key can hold: a byte string, or a sorted set. */
export type Value = ValueTypes[TypeName];

/**
 * Something for each type: what is done differently for each type of value is such a record, so that
 * the compiler names every one that a new type is missing in.
 */
export type ByType<T> = Readonly<Record<TypeName, T>>;

/** A function for each type of value, all with the same arguments behind the value. */
export type CasesByType<Rest extends readonly unknown[], Result> = {
  readonly [Name in TypeName]: (value: ValueTypes[Name], ...rest: Rest) => Result;
};

/** The type of a value. O(1). */
export function typeOf(value: Value): TypeName {
  if (typeof value === "string") return "string";
  if (value instanceof SortedSet) return "zset";
  return unknownType(value);
}

/**
 * Whether a value is a sorted set. O(1). The compiler holds it: of a further type that is no string
 * it would say that this is not told apart.
 */
export const isSortedSet: (value: Value) => value is SortedSet = (value) =>
  typeof value !== "string";

/** Carries out the case that is that of the value's type. */
export function applyByType<Rest extends readonly unknown[], Result>(
  value: Value,
  cases: CasesByType<Rest, Result>,
  ...rest: Rest
): Result {
  const apply = cases[typeOf(value)] as (value: Value, ...rest: Rest) => Result;
  return apply(value, ...rest);
}

const SPOKEN_NAMES: ByType<string> = { string: "a string", zset: "a sorted set" };

/** What an error calls a value of this type. */
export function spokenType(value: Value): string {
  return SPOKEN_NAMES[typeOf(value)];
}

/** What a value costs in bytes, beside its key's entry. O(1). */
export function costOfValue(value: Value): number {
  return typeof value === "string" ? stringBytes(value.length) : value.byteSize;
}

/** Only a type that was added and is not told apart above could come here. */
function unknownType(value: never): never {
  throw new TypeError(`there is no type for ${String(value)}`);
}
