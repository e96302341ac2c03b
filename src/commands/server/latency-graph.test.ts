import { expect, test } from "vitest";
import { latencyGraph } from "./latency-graph.ts";

test("each sample is a bar, the higher the slower, over how long it is ago", () => {
  const samples = [
    { unixSeconds: 900, latencyMs: 10 },
    { unixSeconds: 940, latencyMs: 40 },
    { unixSeconds: 999, latencyMs: 20 },
  ];
  expect(latencyGraph({ name: "command", maxMs: 50, samples }, 1000)).toBe(
    [
      "command - high 40 ms, low 10 ms (all time high 50 ms)",
      "-".repeat(80),
      " #",
      " #",
      " #o",
      "_##",
      "",
      "111",
      "mms",
      "",
    ].join("\n"),
  );
});
