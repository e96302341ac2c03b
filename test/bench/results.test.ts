import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { merged, readResults, serialized, writeResults } from "../../bench/results.ts";
import { partResults } from "./example-results.ts";

const first = partResults({ tookSeconds: 1 });
const second = partResults({ tookSeconds: 2 });

describe("results that are merged", () => {
  test("take the place of the part's former ones, and leave those of other parts", () => {
    const results = merged({ ring: first, memory: first }, "ring", second);
    expect(results).toEqual({ ring: second, memory: first });
  });

  test("come in the order in which the parts run, whichever ran last", () => {
    const results = merged(merged({}, "persistence", first), "key-value", second);
    expect(Object.keys(results)).toEqual(["key-value", "persistence"]);
  });

  test("forget a part that there is no longer", () => {
    const results = merged({ gone: first } as never, "ring", second);
    expect(Object.keys(results)).toEqual(["ring"]);
  });
});

describe("the file of results", () => {
  const row = ["a", "1 ns"];
  const results = {
    ring: partResults({
      tables: [{ key: "k", title: "T", columns: ["x", "y"], rows: [row, row] }],
      figures: { a: 1, b: 2 },
      points: { chart: [{ x: 1, name: "n" }] },
    }),
  };

  test("is JSON with a line for each row, point and figure", () => {
    const text = serialized(results);
    expect(JSON.parse(text)).toEqual(results);
    const lines = text.split("\n").map((line) => line.trim());
    expect(lines).toContain('["a","1 ns"],');
    expect(lines).toContain('{"x":1,"name":"n"}');
    expect(text.endsWith("}\n")).toBe(true);
  });

  test("gives back what was written; none is no results", () => {
    const directory = mkdtempSync(join(tmpdir(), "laurel-results-"));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const file = pathToFileURL(join(directory, "results.json"));
    expect(readResults(file)).toEqual({});
    writeResults(results, file);
    expect(readResults(file)).toEqual(results);
    expect(readFileSync(file, "utf8")).toBe(serialized(results));
  });
});
