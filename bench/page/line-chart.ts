import type { Axis, Spec } from "vega";
import { CONFIG } from "./chart-style.ts";

/** A line with its points. */
interface Line {
  readonly name: string;
  readonly colour: string;
  /** Drawn in dashes: not measured, but what theory says. */
  readonly isTheory?: boolean;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

/** Lines over one axis; both axes are logarithmic. */
export interface LineChart {
  readonly lines: readonly Line[];
  readonly x: LogAxis;
  readonly y: LogAxis;
}

interface LogAxis {
  readonly title: string;
  /** The first and the last are the ends of the axis. */
  readonly ticks: readonly number[];
  /** How a tick is spelt: an expression over `datum.value`. */
  readonly text: string;
}

const WIDTH = 460;
const HEIGHT = 300;
const DASHES = [5, 4];

export function lineChartSpec({ lines, x, y }: LineChart): Spec {
  const points = lines.flatMap((line) =>
    line.points.map((point) => ({ ...point, line: line.name })),
  );
  const names = lines.map(({ name }) => name);
  const dashes = lines.map(({ isTheory }) => (isTheory === true ? DASHES : []));
  return {
    $schema: "https://vega.github.io/schema/vega/v6.json",
    background: "white",
    padding: 12,
    width: WIDTH,
    height: HEIGHT,
    config: CONFIG,
    data: [{ name: "points", values: points }],
    scales: [
      { name: "x", type: "log", domain: endsOf(x), range: "width", nice: false },
      { name: "y", type: "log", domain: endsOf(y), range: "height", nice: false },
      {
        name: "colour",
        type: "ordinal",
        domain: names,
        range: lines.map(({ colour }) => colour),
      },
      { name: "dash", type: "ordinal", domain: names, range: dashes },
    ],
    axes: [axis("bottom", "x", x), axis("left", "y", y)],
    legends: [{ stroke: "colour", strokeDash: "dash", symbolType: "stroke", orient: "right" }],
    marks: [
      {
        type: "group",
        from: { facet: { name: "line", data: "points", groupby: "line" } },
        marks: [
          {
            type: "line",
            from: { data: "line" },
            encode: {
              update: {
                ...PLACE,
                stroke: { scale: "colour", field: "line" },
                strokeDash: { scale: "dash", field: "line" },
                strokeWidth: { value: 2 },
              },
            },
          },
          {
            type: "symbol",
            from: { data: "line" },
            encode: {
              update: {
                ...PLACE,
                fill: { scale: "colour", field: "line" },
                size: { value: 28 },
              },
            },
          },
        ],
      },
    ],
  };
}

const PLACE = { x: { scale: "x", field: "x" }, y: { scale: "y", field: "y" } } as const;

function axis(orient: "bottom" | "left", scale: string, { title, ticks, text }: LogAxis): Axis {
  return {
    orient,
    scale,
    title,
    values: [...ticks],
    grid: true,
    encode: { labels: { update: { text: { signal: text } } } },
  };
}

function endsOf({ ticks }: LogAxis): number[] {
  return [ticks[0] as number, ticks.at(-1) as number];
}
