import { PART_NAMES, type PartName } from "../parts.ts";
import type { PartResults, Results } from "../results.ts";
import { type Target, TARGETS } from "../targets.ts";
import { markdownTable } from "./markdown.ts";

const COLUMNS = ["what", "target", "measured", "met"] as const;

/** What was promised of a part, what was measured, and whether it is met. */
export function targetTable(part: PartName, results: Results): string | undefined {
  const found = results[part];
  const rows = targetsOf(part).map((target) => rowOf(target, found));
  return found === undefined || rows.length === 0 ? undefined : markdownTable(COLUMNS, rows);
}

/** All targets that were measured, those that are missed first. */
export function targetTables(results: Results): string {
  const measured = TARGETS.filter(({ part }) => results[part] !== undefined);
  const missed = measured.filter((target) => !isMet(target, results[target.part]));
  const met = measured.filter((target) => !missed.includes(target));
  const rows = [...missed, ...met].map((target) => {
    const { part } = target;
    return [`[${part}](benchmarks.md#${part})`].concat(rowOf(target, results[part]));
  });
  const table = markdownTable(["part", ...COLUMNS], rows);
  return `${met.length} of ${measured.length} targets are met.\n\n${table}`;
}

/** The targets of these parts that are missed, as sentences. */
export function missedTargets(parts: readonly PartName[], results: Results): string[] {
  return PART_NAMES.filter((part) => parts.includes(part)).flatMap((part) =>
    targetsOf(part)
      .filter((target) => !isMet(target, results[part]))
      .map(
        (target) => `${target.what}: ${bound(target)}: measured ${value(target, results[part])}`,
      ),
  );
}

function targetsOf(part: PartName): Target[] {
  return TARGETS.filter((target) => target.part === part);
}

function rowOf(target: Target, found: PartResults | undefined): string[] {
  return [target.what, bound(target), value(target, found), verdict(target, found)];
}

function verdict(target: Target, found: PartResults | undefined): string {
  if (found?.figures[target.figure] === undefined) return "not measured";
  return isMet(target, found) ? "yes" : "**missed**";
}

/** What was not measured is not met. */
function isMet({ figure, bound, limit }: Target, found: PartResults | undefined): boolean {
  const measured = found?.figures[figure];
  if (measured === undefined) return false;
  return bound === "at least" ? measured >= limit : measured <= limit;
}

function bound({ bound, limit, unit }: Target): string {
  return `${bound} ${limit.toLocaleString("en-US")} ${unit}`;
}

function value({ figure }: Target, found: PartResults | undefined): string {
  const measured = found?.figures[figure];
  return measured?.toLocaleString("en-US", { maximumSignificantDigits: 3 }) ?? "nothing";
}
