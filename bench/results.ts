import { readFileSync, writeFileSync } from "node:fs";
import type { Environment } from "./environment.ts";
import type { MachineLoad } from "./machine-load.ts";
import { PART_NAMES, type PartName } from "./parts.ts";

/** Where the results of all parts are kept. */
const RESULTS_FILE = new URL("../docs/benchmarks.json", import.meta.url);

/** A table as it was printed. Its key is the name of the blocks that show it. */
export interface Table {
  readonly key: string;
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A row of numbers and names for a chart. */
export type Point = Readonly<Record<string, string | number>>;

/** What one part found, and where. */
export interface PartResults extends Environment {
  readonly tookSeconds: number;
  /** Not known of what was measured before it was kept. */
  readonly load?: MachineLoad;
  readonly tables: readonly Table[];
  /** Numbers that targets look at. */
  readonly figures: Readonly<Record<string, number>>;
  /** Short texts for inside a sentence, by their keys. */
  readonly facts: Readonly<Record<string, string>>;
  /** What charts are drawn from, by their names. */
  readonly points: Readonly<Record<string, readonly Point[]>>;
}

/** The latest results of each part that ever ran. */
export type Results = Readonly<Partial<Record<PartName, PartResults>>>;

/** The results with those of one part in the place of its former ones; parts keep their order. */
export function merged(results: Results, part: PartName, found: PartResults): Results {
  const all: Results = { ...results, [part]: found };
  return Object.fromEntries(
    PART_NAMES.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]])),
  );
}

/** The results that are kept; none where there is no file yet. */
export function readResults(file: URL = RESULTS_FILE): Results {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
  return JSON.parse(text) as Results;
}

export function writeResults(results: Results, file: URL = RESULTS_FILE): void {
  writeFileSync(file, serialized(results));
}

/** JSON with a line for each row, so that a difference shows what has changed. */
export function serialized(results: Results): string {
  return `${spelt(results, "")}\n`;
}

function spelt(value: unknown, indent: string): string {
  const plain = JSON.stringify(value);
  if (typeof value !== "object" || value === null || isFlat(value)) return plain;
  const inner = `${indent}  `;
  const lines = Array.isArray(value)
    ? value.map((element) => `${inner}${spelt(element, inner)}`)
    : Object.entries(value).map(
        ([name, element]) => `${inner}${JSON.stringify(name)}: ${spelt(element, inner)}`,
      );
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return `${open}\n${lines.join(",\n")}\n${indent}${close}`;
}

/** Whether it has no parts that have parts: a row, or a point. Figures have a line each. */
function isFlat(value: object): boolean {
  const elements = Object.values(value) as unknown[];
  const isRow = Array.isArray(value) || elements.length <= POINT_FIELDS_MAX;
  return isRow && elements.every((element) => typeof element !== "object" || element === null);
}

const POINT_FIELDS_MAX = 6;
