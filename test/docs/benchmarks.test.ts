import { describe, expect, test } from "vitest";
import { CHARTS } from "../../bench/page/charts.ts";
import { contentOf, rendered } from "../../bench/page/render.ts";
import { PART_NAMES } from "../../bench/parts.ts";
import { readResults, type Table } from "../../bench/results.ts";

const results = readResults();

const NANOSECONDS = new Map([
  ["ns", 1],
  ["µs", 1e3],
  ["ms", 1e6],
  ["s", 1e9],
]);

/** A duration as it stands in a cell, in nanoseconds; not a number where there is none. */
function durationNs(cell: string | undefined): number {
  const [, digits = "", unit = ""] = /^([\d.,]+) (ns|µs|ms|s)\b/.exec(cell ?? "") ?? [];
  return digits === ""
    ? NaN
    : Number(digits.replaceAll(",", "")) * (NANOSECONDS.get(unit) as number);
}

/** The cells of "p99" that say less than the duration before them. */
function percentilesBelowMedians({ key, columns, rows }: Table): string[] {
  return rows.flatMap((cells) =>
    columns.flatMap((column, i) => {
      const [median, p99] = [cells[i - 1], cells[i]];
      if (column !== "p99" || !(durationNs(p99) < durationNs(median))) return [];
      return [`${key}: ${cells[0]}: ${columns[i - 1]}: ${median}, ${p99}`];
    }),
  );
}

describe("docs/benchmarks.json", () => {
  test("has the results of every part", () => {
    expect(Object.keys(results)).toEqual(PART_NAMES);
  });

  test("has no 99th percentile below the median that it stands behind", () => {
    const tables = Object.values(results).flatMap((part) => part.tables);
    expect(tables.flatMap(percentilesBelowMedians)).toEqual([]);
  });

  test("is not believed when a percentile is below its median", () => {
    const table = { key: "k", title: "T", columns: ["call", "get", "p99"] };
    const rows = [
      ["a", "900 ns ± 3 %", "1.2 µs"],
      ["b", "1,200 ns ± 3 %", "1.1 µs"],
      ["c", "1 µs", ""],
    ];
    expect(percentilesBelowMedians({ ...table, rows })).toEqual([
      "k: b: get: 1,200 ns ± 3 %, 1.1 µs",
    ]);
  });
});

describe("what is made of it (npm run bench -- --render)", async () => {
  // An unknown key of a block throws here, and names itself.
  const files = [...(await rendered(results))];

  test("has the page and every chart", () => {
    const charts = CHARTS.map(({ name }) => `docs/charts/${name}.svg`);
    expect(files.map(([path]) => path)).toEqual(
      expect.arrayContaining(["docs/benchmarks.md", ...charts]),
    );
  });

  test.each(files)("is what is in %s", (path, content) => {
    expect(contentOf(path)).toBe(content);
  });
});
