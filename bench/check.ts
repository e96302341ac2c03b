import type { Report } from "./report.ts";
import { type PartName, type Target, TARGETS } from "./targets.ts";

/** Prints the targets of the parts that ran. Returns whether one was missed. */
export function checkTargets(report: Report, parts: readonly PartName[]): boolean {
  const targets = TARGETS.filter(({ part }) => parts.includes(part));
  if (targets.length === 0) return false;
  const missed = targets.filter((target) => !isMet(target, report));
  report.table(
    "Targets",
    ["what", "target", "measured", "met"],
    targets.map((target) => [
      target.what,
      `${target.bound} ${target.limit} ${target.unit}`,
      measured(target, report),
      missed.includes(target) ? "**missed**" : "yes",
    ]),
  );
  for (const target of missed) {
    console.log(
      `Missed: ${target.what}: ${target.bound} ${target.limit} ${target.unit}: ` +
        `measured ${measured(target, report)}`,
    );
  }
  return missed.length > 0;
}

function isMet({ figure, bound, limit }: Target, report: Report): boolean {
  const value = report.figures.get(figure);
  if (value === undefined) throw new Error(`Cannot check a target: nobody measured "${figure}"`);
  return bound === "at least" ? value >= limit : value <= limit;
}

function measured({ figure }: Target, report: Report): string {
  return (report.figures.get(figure) as number).toPrecision(3);
}
