import type { PartResults } from "../../bench/results.ts";

/** What a part could have found, but for what a test is about. */
export function partResults(found: Partial<PartResults> = {}): PartResults {
  return {
    measuredOn: "2026-01-31",
    machine: { node: "20.1.0", cpu: "Some CPU", cores: 2, memoryGiB: 8 },
    versions: {},
    tookSeconds: 3,
    tables: [],
    figures: {},
    facts: {},
    points: {},
    ...found,
  };
}
