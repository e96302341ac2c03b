import { CacheError, show } from "../errors.ts";

/**
 * One end of a range of members at equal scores: `"-"` and `"+"` are the ends of the set,
 * `"[x"` includes the member x, `"(x"` excludes it, as in Redis.
 */
export type LexBound = "-" | "+" | `[${string}` | `(${string}`;

/** Throws `INVALID_RANGE` for anything that is no {@link LexBound}. */
export function checkLexBound(bound: LexBound): void {
  if (bound === "-" || bound === "+") return;
  if (typeof bound === "string" && (bound.startsWith("[") || bound.startsWith("("))) return;
  throw new CacheError(
    "INVALID_RANGE",
    `Cannot use a range of members: a bound must be "-", "+", or a member behind "[" or "(": ` +
      `received ${show(bound)}`,
  );
}
