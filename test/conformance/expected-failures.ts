import { readFileSync } from "node:fs";
import type { UnitResult } from "./run-units.ts";

/** What of Redis is not there yet. Nothing else excuses a case. */
const REASONS = [
  "list",
  "set",
  "hash",
  "stream",
  "bitmap",
  "geo",
  "script",
  "pubsub",
  "replication",
  "acl",
  "migrate",
] as const;
type Reason = (typeof REASONS)[number];

/** The first ones tell: a loop may repeat one a thousand times. */
const SETUP_ERRORS_SHOWN = 5;

/** A case that fails, and what it needs. Cases of one name stand as often as they fail. */
export interface ExpectedFailure {
  readonly unit: string;
  readonly name: string;
  readonly reason: Reason;
}

/** The list of `expected-failures.tsv`. */
export function readExpectedFailures(): ExpectedFailure[] {
  const file = new URL("expected-failures.tsv", import.meta.url);
  return parseExpectedFailures(readFileSync(file, "utf8"));
}

/** Reads lines of unit, case and reason between tabs; `#` begins a comment. */
export function parseExpectedFailures(text: string): ExpectedFailure[] {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return lines.map((line) => {
    const [unit = "", name = "", reason = ""] = line.split("\t");
    if (name === "" || !isReason(reason)) {
      throw new Error(
        "Cannot read the expected failures: a line must be unit, case and one of " +
          `${REASONS.join(", ")}: received ${JSON.stringify(line)}`,
      );
    }
    return { unit, name, reason };
  });
}

function isReason(text: string): text is Reason {
  return REASONS.some((reason) => reason === text);
}

/**
 * What is wrong with the result of a unit: failures that are not in the list, what is in the list
 * and does not fail, cases that did not run, a server that died. Empty when all is as expected.
 */
export function complaints(result: UnitResult, expected: readonly ExpectedFailure[]): string[] {
  const listed = expected.filter(({ unit }) => unit === result.unit);
  const excuses = countNames(listed);
  const found: string[] = [];
  for (const { name, message } of result.failed) {
    if (!takeOne(excuses, name)) found.push(`fails: ${name} | ${message}`);
  }
  // A listed case may be among those that did not run; where it passed, it must leave the list.
  const passed = new Set(result.passed);
  let excusedNotRun = 0;
  for (const [name, times] of excuses) {
    if (passed.has(name)) found.push(`passes, though it is listed: ${name}`);
    else excusedNotRun += times;
  }
  const notRun = result.notRun ?? 0;
  if (notRun < excusedNotRun) {
    for (const name of excuses.keys()) {
      if (!passed.has(name)) found.push(`is listed, and is no case: ${name}`);
    }
  } else if (notRun > excusedNotRun) {
    const errors = result.setupErrors.slice(0, SETUP_ERRORS_SHOWN);
    const setup = errors.map((error) => `\n  between cases: ${error}`);
    found.push(`${notRun - excusedNotRun} cases did not run${setup.join("")}`);
  }
  if (result.note !== "") found.push(`did not go through: ${result.note}`);
  return found.map((complaint) => `${result.unit}: ${complaint}`);
}

function countNames(failures: readonly ExpectedFailure[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { name } of failures) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/** Takes one of a name away; false when there is none. */
function takeOne(counts: Map<string, number>, name: string): boolean {
  const count = counts.get(name);
  if (count === undefined) return false;
  if (count > 1) counts.set(name, count - 1);
  else counts.delete(name);
  return true;
}
