import type {
  ZCombineOptions,
  ZRangeOptions,
  ZReverseOptions,
} from "../cache/leaderboard-contract.ts";
import { CacheError, show } from "../errors.ts";
import { checkPops, checkWindow } from "../structures/range-input.ts";
import { checkAlgebra } from "../structures/set-algebra.ts";
import { integerArgument, scoreArgument } from "./arguments.ts";
import type { Argument } from "./port.ts";

/** How the wire spells the flags of the options. */
const FLAGS = { nx: "NX", xx: "XX", gt: "GT", lt: "LT", changed: "CH", reverse: "REV" } as const;

type Flag = keyof typeof FLAGS;

/** The flags that are on. @throws {CacheError} `INVALID_OPTIONS` for one that is no boolean */
export function flagArguments(
  options: Readonly<Partial<Record<Flag, boolean | undefined>>> | undefined,
  flags: readonly Flag[],
): string[] {
  const on: string[] = [];
  for (const flag of flags) {
    const value = options?.[flag];
    if (value !== undefined && typeof value !== "boolean") {
      throw invalidOptions("use options", `${flag} must be a boolean`, show(value));
    }
    if (value === true) on.push(FLAGS[flag]);
  }
  return on;
}

/** The bounds of a ZRANGE and what they are; with REV the greater one comes first. */
export function rangeArguments(
  [min, max]: readonly [min: Argument, max: Argument],
  by: "BYSCORE" | "BYLEX",
  options: ZReverseOptions | undefined,
): Argument[] {
  const reverse = flagArguments(options, ["reverse"]);
  return reverse.length > 0 ? [max, min, by, ...reverse] : [min, max, by];
}

/** The LIMIT of a ZRANGE, where one is wanted. @throws {CacheError} `INVALID_RANGE` */
export function limitArguments(options: ZRangeOptions | undefined): string[] {
  checkWindow(options ?? {});
  const { offset, count } = options ?? {};
  if (offset === undefined && count === undefined) return [];
  return ["LIMIT", integerArgument(offset ?? 0), integerArgument(count ?? -1)];
}

/** The keys of a union, an intersection or a difference, their weights and the aggregate. */
export function combineArguments(
  name: "ZUNION" | "ZINTER" | "ZDIFF",
  keys: readonly Argument[],
  options: ZCombineOptions = {},
): Argument[] {
  const { weights, aggregate } = options;
  if (name === "ZDIFF" && (weights ?? aggregate) !== undefined) {
    const given = weights === undefined ? "an aggregate" : "weights";
    throw invalidOptions(
      "combine sorted sets",
      "a difference takes no weights, no aggregate",
      given,
    );
  }
  checkAlgebra(keys.length, options);
  const argv: Argument[] = [String(keys.length), ...keys];
  if (weights !== undefined) argv.push("WEIGHTS", ...weights.map(scoreArgument));
  if (aggregate !== undefined) argv.push("AGGREGATE", aggregate);
  return argv;
}

/** What ZMPOP says after its keys. @throws {CacheError} `INVALID_OPTIONS`, `INVALID_RANGE` */
export function popArguments(end: "min" | "max", keys: number, count: number): string[] {
  if (end !== "min" && end !== "max") {
    throw invalidOptions("pop members", `the end must be "min" or "max"`, show(end));
  }
  if (keys === 0) throw invalidOptions("pop members", "there must be at least one key", "none");
  checkPops(count);
  if (count === 0) throw invalidOptions("pop members", "count must be above 0", "0");
  return [end, "COUNT", integerArgument(count)];
}

function invalidOptions(verb: string, reason: string, received: string): CacheError {
  return new CacheError("INVALID_OPTIONS", `Cannot ${verb}: ${reason}: received ${received}`);
}
