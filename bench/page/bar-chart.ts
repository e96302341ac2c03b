import type { GroupMark, Spec } from "vega";
import { CONFIG, INK, LAUREL_COLOUR, OTHERS_COLOUR } from "./chart-style.ts";

/** A bar: whose it is, how long it is, and what is written at its end. */
export interface Bar {
  readonly name: string;
  readonly value: number;
  readonly label: string;
}

/** Bars that are compared with each other, in this order from above. */
export interface Panel {
  readonly title: string;
  readonly bars: readonly Bar[];
}

/** Panels beside and below each other, all with the same scale. */
export interface BarChart {
  readonly panels: readonly Panel[];
  readonly columns: number;
  readonly axisTitle: string;
  readonly scale: "log" | "linear";
  /** Where the axis has ticks; the first and the last are its ends. */
  readonly ticks: readonly number[];
  /** How a tick is spelt: an expression over `datum.value`. */
  readonly tickText: string;
  readonly panelWidth: number;
}

const BAR_HEIGHT = 21;
const LABEL_WIDTH = 58;

export function barChartSpec(chart: BarChart): Spec {
  return {
    $schema: "https://vega.github.io/schema/vega/v6.json",
    background: "white",
    padding: 12,
    config: CONFIG,
    layout: {
      columns: chart.columns,
      padding: { row: 22, column: 26 },
      bounds: "full",
      align: "each",
    },
    marks: chart.panels.map((panel) => panelMark(panel, chart)),
  };
}

function panelMark(panel: Panel, chart: BarChart): GroupMark {
  const { panelWidth, scale, ticks } = chart;
  const height = panel.bars.length * BAR_HEIGHT;
  const values = panel.bars.map((bar) => ({ ...bar, colour: colourOf(bar, chart) }));
  const domain = [ticks[0] as number, ticks.at(-1) as number];
  const range = [0, panelWidth];
  return {
    type: "group",
    title: { text: panel.title, anchor: "start", frame: "group", offset: 6 },
    encode: { update: { width: { value: panelWidth + LABEL_WIDTH }, height: { value: height } } },
    data: [{ name: "bars", values }],
    scales: [
      {
        name: "y",
        type: "band",
        domain: panel.bars.map(({ name }) => name),
        range: [0, height],
        padding: 0.22,
      },
      scale === "log"
        ? { name: "x", type: "log", domain, range, nice: false }
        : { name: "x", type: "linear", domain, range, nice: false, zero: true },
    ],
    axes: [
      {
        orient: "bottom",
        scale: "x",
        title: chart.axisTitle,
        values: [...ticks],
        grid: true,
        encode: { labels: { update: { text: { signal: chart.tickText } } } },
      },
      { orient: "left", scale: "y", ticks: false, labelLimit: 0 },
    ],
    marks: [
      {
        type: "rect",
        from: { data: "bars" },
        encode: {
          update: {
            x: { value: 0 },
            x2: { scale: "x", field: "value" },
            y: { scale: "y", field: "name" },
            height: { scale: "y", band: 1 },
            fill: { field: "colour" },
          },
        },
      },
      {
        type: "text",
        from: { data: "bars" },
        encode: {
          update: {
            x: { scale: "x", field: "value", offset: 4 },
            y: { scale: "y", field: "name", band: 0.5 },
            baseline: { value: "middle" },
            fontSize: { value: 11 },
            fill: { value: INK },
            text: { field: "label" },
          },
        },
      },
    ],
  };
}

/** Where nobody else is shown, all bars are Laurel's. */
function colourOf(bar: Bar, { panels }: BarChart): string {
  const isCompared = panels.some(({ bars }) => bars.some(isLaurels));
  return !isCompared || isLaurels(bar) ? LAUREL_COLOUR : OTHERS_COLOUR;
}

function isLaurels({ name }: Bar): boolean {
  return name.toLowerCase().startsWith("laurel");
}
