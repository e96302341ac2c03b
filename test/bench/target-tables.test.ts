import { describe, expect, test } from "vitest";
import { missedTargets, targetTable, targetTables } from "../../bench/page/target-tables.ts";
import { partResults } from "./example-results.ts";

const ADDED = "awaited get at 1000: times lru-cache";
const results = (figures: Record<string, number>) => ({ "key-value": partResults({ figures }) });

describe("targets", () => {
  test("are met at their limit, and missed beyond it", () => {
    const met = targetTable("key-value", results({ [ADDED]: 8 }));
    expect(met).toContain(
      "1,000 entries | at most 8 times lru-cache's synchronous call | 8 | yes |",
    );
    const missed = targetTable("key-value", results({ [ADDED]: 8.01 }));
    expect(missed).toContain("| 8.01 | **missed** |");
  });

  test("that nobody measured are not met", () => {
    expect(targetTable("key-value", results({}))).toContain("| nothing | not measured |");
    expect(missedTargets(["key-value"], results({})).length).toBeGreaterThan(0);
  });

  test("of parts that did not run are not asked for", () => {
    expect(missedTargets(["ring"], {}).length).toBeGreaterThan(0);
    expect(missedTargets([], results({}))).toEqual([]);
    expect(targetTable("ring", results({}))).toBeUndefined();
  });

  test("stand together with the missed ones first, and a count of the met", () => {
    const [count, , , , firstRow] = targetTables(results({ [ADDED]: 1 })).split("\n");
    expect(count).toMatch(/^1 of \d+ targets are met\.$/);
    expect(firstRow).not.toContain("| yes |");
  });
});
