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

/** Milliseconds, to three digits. */
export function milliseconds(valueMs: number): string {
  return `${digits(valueMs)} ms`;
}

/** A ratio: "4.2×". */
export function times(ratio: number): string {
  return `${digits(ratio)}×`;
}

function digits(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString("en-US", { maximumFractionDigits: 2 });
}
