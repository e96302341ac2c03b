import { parse, type Spec, View } from "vega";
import type { PartName } from "../parts.ts";
import type { Point, Results } from "../results.ts";
import { type Bar, barChartSpec, type Panel } from "./bar-chart.ts";
import { estimateText, LAUREL_COLOUR } from "./chart-style.ts";
import { lineChartSpec } from "./line-chart.ts";

/** A chart by its name, which is that of its points and of its file. */
export interface Chart {
  readonly name: string;
  readonly part: PartName;
  /** What it shows, for those who cannot see it. */
  readonly text: string;
  readonly spec: (points: readonly Point[]) => Spec;
}

/** An expression that spells nanoseconds with the unit that fits. */
const DURATION_TEXT =
  "datum.value < 1e3 ? datum.value + ' ns' : datum.value < 1e6 ? datum.value / 1e3 + ' µs' : " +
  "datum.value < 1e9 ? datum.value / 1e6 + ' ms' : datum.value / 1e9 + ' s'";
const NUMBER_TEXT = "format(datum.value, ',')";

export const CHARTS: readonly Chart[] = [
  {
    name: "key-value-peers",
    part: "key-value",
    text: "Medians of get and set beside other caches, logarithmic",
    spec: (points) => callsSpec(points),
  },
  {
    name: "leaderboard-peers",
    part: "leaderboards",
    text: "Medians of zAdd, zIncrBy, zRank and zRange beside other boards, logarithmic",
    spec: (points) => callsSpec(points),
  },
  { name: "growth", part: "floor", text: "Cost over the number of members", spec: growthSpec },
  {
    name: "ring-balance",
    part: "ring",
    text: "Unevenness of the nodes' shares over the number of virtual nodes, by hash",
    spec: balanceSpec,
  },
  {
    name: "outage",
    part: "distributed",
    text: "How long an outage lasts: medians and 99th percentiles",
    spec: outageSpec,
  },
  {
    name: "resync",
    part: "distributed",
    text: "How long a node is told what it lacks",
    spec: resyncSpec,
  },
  {
    name: "server-throughput",
    part: "server",
    text: "Requests a second by command and length of pipelines, beside Redis and Valkey",
    spec: throughputSpec,
  },
  {
    name: "redis-failover",
    part: "failover",
    text: "How long no write is acknowledged when a master of Redis or Valkey is killed",
    spec: failoverSpec,
  },
  {
    name: "loading",
    part: "persistence",
    text: "How long a server takes from its start to its first answer",
    spec: loadingSpec,
  },
];

/** The charts of what was measured, as SVG, by their names. */
export async function drawnCharts(results: Results): Promise<ReadonlyMap<string, string>> {
  estimateText();
  const drawn = new Map<string, string>();
  for (const { name, part, spec } of CHARTS) {
    const points = results[part]?.points[name];
    if (points === undefined) continue;
    drawn.set(name, `${await new View(parse(spec(points)), { renderer: "none" }).toSVG()}\n`);
  }
  return drawn;
}

/** A panel for each call; the quickest is above. */
function callsSpec(points: readonly Point[]): Spec {
  const panels = panelsBy(points, "call", (point) => ({
    name: text(point, "name"),
    value: number(point, "medianNs"),
    label: duration(number(point, "medianNs")),
  }));
  return barChartSpec({
    panels: panels.map(({ title, bars }) => ({
      title,
      bars: bars.toSorted((a, b) => a.value - b.value),
    })),
    columns: panels.length > 2 ? 2 : panels.length,
    axisTitle: "median of a call, logarithmic",
    scale: "log",
    ticks: decades(points.map((point) => number(point, "medianNs"))),
    tickText: DURATION_TEXT,
    panelWidth: 200,
  });
}

const LINE_COLOURS = [LAUREL_COLOUR, "#b3661f", "#3f6fb0", "#7d4f9e", "#8c959f"];

function growthSpec(points: readonly Point[]): Spec {
  const names = [...new Set(points.map((point) => text(point, "name")))];
  // The Map is the yardstick: it comes last, in grey.
  const [map = "", ...ours] = names;
  return lineChartSpec({
    lines: [...ours, map].map((name, i) => ({
      name,
      colour: (name === map ? LINE_COLOURS.at(-1) : LINE_COLOURS[i]) as string,
      points: points
        .filter((point) => point["name"] === name)
        .map((point) => ({ x: number(point, "members"), y: number(point, "medianNs") })),
    })),
    x: {
      title: "members, logarithmic",
      ticks: decades(points.map((point) => number(point, "members"))),
      text: NUMBER_TEXT,
    },
    y: {
      title: "median of a call, logarithmic",
      ticks: decades(points.map((point) => number(point, "medianNs"))),
      text: DURATION_TEXT,
    },
  });
}

function balanceSpec(points: readonly Point[]): Spec {
  const curves = [...new Set(points.map((point) => text(point, "curve")))];
  return lineChartSpec({
    lines: curves.map((name, i) => ({
      name,
      colour: name === "fnv1a" ? LAUREL_COLOUR : (BALANCE_COLOURS[i] as string),
      isTheory: name === "in theory",
      points: points
        .filter((point) => point["curve"] === name)
        .map((point) => ({ x: number(point, "virtualNodes"), y: number(point, "percent") })),
    })),
    x: {
      title: "virtual nodes of each of ten nodes, logarithmic",
      ticks: [1, 3, 10, 30, 100, 300, 1_000],
      text: NUMBER_TEXT,
    },
    y: {
      title: "coefficient of variation of a node's share, logarithmic",
      ticks: [1, 3, 10, 30, 100],
      text: "datum.value + ' %'",
    },
  });
}

const BALANCE_COLOURS = ["#b3661f", LAUREL_COLOUR, "#3f6fb0", "#7d4f9e", "#57606a"];

function outageSpec(points: readonly Point[]): Spec {
  const bars = points.flatMap((point) =>
    (["p50", "p99"] as const).map((quantile) => ({
      what: text(point, "what"),
      name: `${text(point, "fault")}, ${quantile === "p50" ? "median" : "p99"}`,
      seconds: number(point, quantile),
    })),
  );
  return barChartSpec({
    panels: secondsPanels(bars),
    columns: 1,
    axisTitle: "time, logarithmic",
    scale: "log",
    ticks: [0.001, 0.01, 0.1, 1, 10, 100],
    tickText: "datum.value < 1 ? datum.value * 1e3 + ' ms' : datum.value + ' s'",
    panelWidth: 360,
  });
}

function resyncSpec(points: readonly Point[]): Spec {
  const bars = points.map((point) => ({
    what: text(point, "node"),
    name: `${number(point, "keys").toLocaleString("en-US")} keys in all`,
    seconds: number(point, "tookMs") / 1000,
  }));
  return secondsSpec(bars, 2, 200);
}

function failoverSpec(points: readonly Point[]): Spec {
  return secondsSpec(points, 2, 200);
}

function loadingSpec(points: readonly Point[]): Spec {
  return secondsSpec(points, 2, 200);
}

/** A panel for each `what`, whose bars are in the order in which they come. */
function secondsPanels(points: readonly Point[]): Panel[] {
  return panelsBy(points, "what", (point) => {
    const value = number(point, "seconds");
    return { name: text(point, "name"), value, label: duration(value * 1e9) };
  });
}

function secondsSpec(points: readonly Point[], columns: number, panelWidth: number): Spec {
  return barChartSpec({
    panels: secondsPanels(points),
    columns,
    axisTitle: "seconds",
    scale: "linear",
    ticks: evenTicks(Math.max(...points.map((point) => number(point, "seconds")))),
    tickText: NUMBER_TEXT,
    panelWidth,
  });
}

function throughputSpec(points: readonly Point[]): Spec {
  const titled = points.map((point) => ({
    ...point,
    title: `${text(point, "command")}, ${pipelineText(number(point, "pipeline"))}`,
  }));
  return barChartSpec({
    panels: panelsBy(titled, "title", (point) => {
      const value = number(point, "perSecond");
      return { name: text(point, "name"), value, label: `${Math.round(value / 1000)} k` };
    }),
    columns: 3,
    axisTitle: "requests a second, thousands",
    scale: "linear",
    ticks: evenTicks(Math.max(...points.map((point) => number(point, "perSecond")))),
    tickText: "format(datum.value / 1000, ',')",
    panelWidth: 170,
  });
}

function pipelineText(commands: number): string {
  return commands === 1 ? "no pipeline" : `${commands} in a pipeline`;
}

function panelsBy(points: readonly Point[], field: string, barOf: (point: Point) => Bar): Panel[] {
  const titles = [...new Set(points.map((point) => text(point, field)))];
  return titles.map((title) => ({
    title,
    bars: points.filter((point) => point[field] === title).map(barOf),
  }));
}

/** Powers of ten around all values; every second one where there are many. */
function decades(values: readonly number[]): number[] {
  const first = Math.floor(Math.log10(Math.min(...values)));
  const last = Math.ceil(Math.log10(Math.max(...values)));
  const step = last - first > DECADES_MAX ? 2 : 1;
  const count = Math.ceil((last - first) / step) + 1;
  return Array.from({ length: count }, (_, i) => 10 ** (first + i * step));
}

const DECADES_MAX = 6;

/** Four or five round steps from nothing to a greatest value. */
function evenTicks(greatest: number): number[] {
  const rough = greatest / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) as number);
  const count = Math.ceil(greatest / step);
  return Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(6)));
}

function duration(valueNs: number): string {
  if (valueNs < 1e3) return `${threeDigits(valueNs)} ns`;
  if (valueNs < 1e6) return `${threeDigits(valueNs / 1e3)} µs`;
  return valueNs < 1e9 ? `${threeDigits(valueNs / 1e6)} ms` : `${threeDigits(valueNs / 1e9)} s`;
}

function threeDigits(value: number): string {
  return value.toLocaleString("en-US", { maximumSignificantDigits: 3 });
}

function text(point: Point, field: string): string {
  return String(point[field]);
}

function number(point: Point, field: string): number {
  return Number(point[field]);
}
