import { describe, expect, test } from "vitest";
import { CHARTS } from "../../bench/page/charts.ts";
import { contentOf, rendered } from "../../bench/page/render.ts";
import { PART_NAMES } from "../../bench/parts.ts";
import { readResults } from "../../bench/results.ts";

const results = readResults();

describe("docs/benchmarks.json", () => {
  test("has the results of every part", () => {
    expect(Object.keys(results)).toEqual(PART_NAMES);
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
