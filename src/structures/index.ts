/**
 * The pure data structures of Laurel: synchronous, with no I/O, no clock and no promise.
 * @module
 */
export { CacheError, type CacheErrorCode } from "../errors.ts";
export type { AddConditions } from "./add-conditions.ts";
export { fromByteString, toByteString } from "./byte-string.ts";
export type { LexBound } from "./lex-bound.ts";
export type { Random } from "./random.ts";
export type { RangeOptions } from "./range-input.ts";
export type { ScoreBound } from "./score-bound.ts";
export type { Aggregate, AlgebraOptions } from "./set-algebra.ts";
export { SkipList } from "./skip-list.ts";
export { type ZMember } from "./z-member.ts";
export { type AddOutcome, SortedSet, type SortedSetOptions } from "./sorted-set.ts";
export { randomStringHash, type StringHash } from "./string-hash.ts";
