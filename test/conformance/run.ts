/**
 * Runs Redis' own Tcl suite against Laurel's server, as it was built into `dist/`.
 *
 *     npm run conformance                                  the units that the server is held to
 *     npm run conformance -- unit/type/zset unit/multi     some units of units.txt
 *     npm run conformance -- --server-cmd 'redis-server --port {port} --save ""'
 *                                                          another server; nothing may fail there
 *     npm run conformance -- --if-available                succeeds where tclsh or the suite lack
 *
 * Fails when a case fails that `expected-failures.tsv` does not list, or does not fail though it is
 * listed there.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { complaints, readExpectedFailures } from "./expected-failures.ts";
import { laurelServerCommand } from "./laurel-server.ts";
import { runUnits, type UnitResult } from "./run-units.ts";
import { MissingTools, provideSuite } from "./suite.ts";

/** What the server is held to: the units of strings, sorted sets, keys and connections. */
const DEFAULT_UNITS = [
  "unit/type/zset",
  "unit/type/string",
  "unit/type/incr",
  "unit/expire",
  "unit/keyspace",
  "unit/scan",
  "unit/multi",
  "unit/protocol",
  "unit/dump",
  "unit/sort",
  "unit/info-command",
  "unit/introspection-2",
];

const { values: options, positionals } = parseArgs({
  options: {
    "server-cmd": { type: "string" },
    "if-available": { type: "boolean", default: false },
  },
  allowPositionals: true,
});

async function main(): Promise<boolean> {
  const serverCommand = options["server-cmd"] ?? laurelServerCommand(builtMain());
  const suite = await provideSuite();
  const expected = options["server-cmd"] === undefined ? readExpectedFailures() : [];
  const logFolder = mkdtempSync(join(tmpdir(), "laurel-conformance-"));
  const units = positionals.length > 0 ? positionals : DEFAULT_UNITS;

  printRow(["unit", "passed", "failed", "ignored", "not run", "seconds"]);
  const onUnit = (result: UnitResult): void => printRow(cellsOf(result));
  const results = await runUnits({ suite, units, serverCommand, logFolder, onUnit });
  printRow(["all", ...totals(results.map(cellsOf))]);

  const wrong = results.flatMap((result) => complaints(result, expected));
  for (const complaint of wrong) console.log(complaint);
  const listed = expected.filter(({ unit }) => units.includes(unit)).length;
  console.log(
    wrong.length > 0
      ? `${wrong.length} things are not as expected; the logs are in ${logFolder}`
      : `All is as expected: ${listed} cases are listed as failing`,
  );
  if (wrong.length === 0) rmSync(logFolder, { recursive: true });
  return wrong.length === 0;
}

function builtMain(): string {
  const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
  if (existsSync(main)) return main;
  throw new Error(`Cannot run Redis' suite: npm run build must come before: received no ${main}`);
}

function cellsOf({ unit, passed, failed, ignored, notRun, seconds, note }: UnitResult): string[] {
  const counts = [passed.length, failed.length, ignored, notRun ?? "?", seconds.toFixed(1)];
  return [unit, ...counts.map(String), ...(note === "" ? [] : [note])];
}

/** Sums of the columns of numbers. */
function totals(rows: readonly (readonly string[])[]): string[] {
  return [1, 2, 3, 4, 5].map((column) => {
    const sum = rows.reduce((sum, row) => sum + (Number(row[column]) || 0), 0);
    return column === 5 ? sum.toFixed(1) : String(sum);
  });
}

function printRow([unit = "", ...cells]: readonly string[]): void {
  console.log(unit.padEnd(24) + cells.map((cell) => cell.padStart(9)).join(""));
}

try {
  if (!(await main())) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof MissingTools)) throw error;
  console.log(error.message);
  if (!options["if-available"]) process.exitCode = 1;
}
