import { CacheError, show } from "../errors.ts";

/** Throws `INVALID_MEMBER` unless a member is a string. */
export function checkMember(member: string): void {
  if (typeof member === "string") return;
  throw new CacheError(
    "INVALID_MEMBER",
    `Cannot rank a member: it must be a string: received ${show(member)}`,
  );
}

/** Throws `INVALID_SCORE` unless a score is a number, and not NaN. */
export function checkScore(score: number): void {
  if (typeof score === "number" && !Number.isNaN(score)) return;
  throw invalidScore(score);
}

/** Throws `INVALID_SCORE` for NaN. */
export function checkNumber(score: number): void {
  if (Number.isNaN(score)) throw invalidScore(score);
}

/** Throws `INVALID_SCORE` when the sum of a score and a delta is NaN. */
export function checkSum(sum: number, score: number, delta: number): void {
  if (!Number.isNaN(sum)) return;
  throw new CacheError(
    "INVALID_SCORE",
    `Cannot increment a score: the sum must be a number: received ${score} plus ${delta}`,
  );
}

function invalidScore(score: unknown): CacheError {
  return new CacheError(
    "INVALID_SCORE",
    `Cannot rank a member: its score must be a number: received ${show(score)}`,
  );
}
