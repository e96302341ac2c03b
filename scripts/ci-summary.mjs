/**
 * The closing line of a CI run, `N passed, N failed` (`, N skipped` where there are any), from the
 * report of vitest's JSON reporter: `node scripts/ci-summary.mjs report.json`. A test file that
 * could not run counts as one failure, and so does a report that is missing: silence never passes.
 * Exits 1 when anything failed.
 */
import { readFileSync } from "node:fs";

function count(report) {
  const totals = { passed: 0, failed: 0, skipped: 0 };
  for (const file of report.testResults) {
    const failedBefore = totals.failed;
    for (const { status } of file.assertionResults) {
      if (status === "passed") totals.passed++;
      else if (status === "failed") totals.failed++;
      else totals.skipped++;
    }
    if (file.status === "failed" && totals.failed === failedBefore) totals.failed++;
  }
  if (!report.success && totals.failed === 0) totals.failed++;
  return totals;
}

function read(path) {
  try {
    return count(JSON.parse(readFileSync(path, "utf8")));
  } catch (error) {
    console.error(`Cannot summarize the tests: ${error.message}`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

const { passed, failed, skipped } = read(process.argv[2] ?? "");
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exitCode = failed > 0 ? 1 : 0;
