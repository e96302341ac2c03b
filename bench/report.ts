import { quantile, type Timing } from "./measure.ts";
import { markdownTable } from "./page/markdown.ts";
import type { Point, Table } from "./results.ts";

/** What a part of the benchmarks found: tables that are printed at once, figures, facts, points. */
export class Report {
  readonly tables: Table[] = [];
  readonly figures = new Map<string, number>();
  readonly facts = new Map<string, string>();
  readonly points = new Map<string, readonly Point[]>();

  /** Prints a table in markdown and keeps it by its key. */
  table(
    key: string,
    title: string,
    columns: readonly string[],
    rows: readonly (readonly string[])[],
  ): void {
    if (this.tables.some((table) => table.key === key)) throw givenTwice("table", key);
    this.tables.push({ key, title, columns, rows });
    console.log(`\n### ${title}\n\n${markdownTable(columns, rows)}`);
  }

  /** Keeps a number that targets look at, by its name. */
  figure(name: string, value: number): void {
    keep(this.figures, "figure", name, value);
  }

  /** Keeps a short text for inside a sentence. */
  fact(key: `fact-${string}`, text: string): void {
    keep(this.facts, "fact", key, text);
  }

  /** Keeps what a chart is drawn from. */
  chart(name: string, points: readonly Point[]): void {
    keep(this.points, "chart", name, points);
  }
}

function keep<Value>(map: Map<string, Value>, what: string, name: string, value: Value): void {
  if (map.has(name)) throw givenTwice(what, name);
  map.set(name, value);
}

function givenTwice(what: string, name: string): Error {
  return new Error(`Cannot keep a ${what}: "${name}" is given twice`);
}

/** A whole number with separators: 1,000,000. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/**
 * Nanoseconds, to three digits, in a unit that leaves few of them: "9.41 ns", "9,410 ns", "94.1 µs",
 * "94.1 ms"; empty for what is unknown.
 */
export function nanoseconds(valueNs: number | undefined): string {
  if (valueNs === undefined) return "";
  if (valueNs < 1e4) return `${digits(valueNs)} ns`;
  return valueNs < 1e7 ? `${digits(valueNs / 1e3)} µs` : `${digits(valueNs / 1e6)} ms`;
}

/** A median and its spread: "9.41 ns ± 2 %". */
export function median({ medianNs, spreadNs }: Pick<Timing, "medianNs" | "spreadNs">): string {
  return `${nanoseconds(medianNs)} ${spread(spreadNs / medianNs)}`;
}

/** What several measurements of one thing say together: the medians of each of their values. */
export function pooled(timings: readonly Timing[]): Timing {
  const middleOf = (valueOf: (timing: Timing) => number): number =>
    quantile(timings.map(valueOf), 0.5);
  const { name } = timings[0] as Timing;
  const medianNs = middleOf((timing) => timing.medianNs);
  const known = timings.flatMap(({ p99Ns }) => (p99Ns === undefined ? [] : [p99Ns]));
  const p99Ns = known.length === 0 ? 0 : quantile(known, 0.5);
  return {
    name,
    medianNs,
    spreadNs: middleOf((timing) => timing.spreadNs),
    p99Ns: p99Ns < medianNs ? undefined : p99Ns,
    ratio: middleOf((timing) => timing.ratio),
  };
}

/** A spread as a part of what it is the spread of: "± 2 %". */
export function spread(part: number): string {
  return `± ${Number((part * 100).toPrecision(2)).toLocaleString("en-US")} %`;
}

/** Milliseconds, to three digits. */
export function milliseconds(valueMs: number): string {
  return `${digits(valueMs)} ms`;
}

/** A ratio, to three digits: "4.2×", "0.0291×". */
export function times(ratio: number): string {
  return `${ratio.toLocaleString("en-US", { maximumSignificantDigits: 3 })}×`;
}

function digits(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString("en-US", { maximumFractionDigits: 2 });
}
