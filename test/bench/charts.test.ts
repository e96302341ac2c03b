import { describe, expect, test } from "vitest";
import { CHARTS, drawnCharts } from "../../bench/page/charts.ts";
import { LAUREL_COLOUR, OTHERS_COLOUR } from "../../bench/page/chart-style.ts";
import type { Point, Results } from "../../bench/results.ts";
import { partResults } from "./example-results.ts";

function gets(...medians: readonly (readonly [name: string, medianNs: number])[]): Results {
  const points: Point[] = medians.map(([name, medianNs]) => ({ call: "get", name, medianNs }));
  return { "key-value": partResults({ points: { "key-value-peers": points } }) };
}

async function drawn(results: Results): Promise<string> {
  return (await drawnCharts(results)).get("key-value-peers") as string;
}

/** How many bars have a colour. */
function bars(svg: string, colour: string): number {
  return svg.split(`fill="${colour}"`).length - 1;
}

describe("charts", () => {
  test("are drawn of what was measured, and of nothing else", async () => {
    expect([...(await drawnCharts({})).keys()]).toEqual([]);
    expect([...(await drawnCharts(gets(["Laurel", 1]))).keys()]).toEqual(["key-value-peers"]);
  });

  test("have names of their own", () => {
    expect(new Set(CHARTS.map(({ name }) => name)).size).toBe(CHARTS.length);
  });

  test("are the same whenever they are drawn", async () => {
    const results = gets(["Laurel", 500], ["Map", 20]);
    expect(await drawn(results)).toBe(await drawn(results));
  });

  test("show the quickest first, with its duration, on a white ground", async () => {
    const svg = await drawn(gets(["slow", 2_500_000], ["Laurel", 512], ["quick", 12_300]));
    const labels = ["512 ns", "12.3 µs", "2.5 ms"].map((label) => svg.indexOf(`>${label}<`));
    expect(labels.every((place) => place > 0)).toBe(true);
    expect(labels).toEqual(labels.toSorted((a, b) => a - b));
    expect(svg).toMatch(/^<svg [^>]*><rect [^>]*fill="white"/);
  });

  test("tell Laurel from the others by colour", async () => {
    const compared = await drawn(gets(["Laurel", 500], ["Map", 20], ["Redis", 20_000]));
    expect([bars(compared, LAUREL_COLOUR), bars(compared, OTHERS_COLOUR)]).toEqual([1, 2]);
    const alone = await drawn(gets(["first", 500], ["second", 20]));
    expect([bars(alone, LAUREL_COLOUR), bars(alone, OTHERS_COLOUR)]).toEqual([2, 0]);
  });
});
