/** What the benchmarks found: tables that are printed at once, and figures that targets look at. */
export class Report {
  readonly tables: Table[] = [];
  readonly figures = new Map<string, number>();

  /** Prints a table in markdown and keeps it. */
  table(title: string, columns: readonly string[], rows: readonly (readonly string[])[]): void {
    this.tables.push({ title, columns, rows });
    console.log(`\n### ${title}\n\n${markdownTable(columns, rows)}`);
  }

  /** Keeps a number by its name. */
  figure(name: string, value: number): void {
    if (this.figures.has(name)) throw new Error(`figure "${name}" is given twice`);
    this.figures.set(name, value);
  }
}

interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A table in markdown, the first column to the left and the others to the right. */
function markdownTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = columns.map((_, i) => (i === 0 ? "---" : "---:"));
  return [columns, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** A whole number with separators: 1,000,000. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** Nanoseconds, to three digits: "9.41 ns", "12,300 ns"; empty for what is unknown. */
export function nanoseconds(valueNs: number | undefined): string {
  return valueNs === undefined ? "" : `${digits(valueNs)} ns`;
}

/** Milliseconds, to three digits. */
export function milliseconds(valueMs: number): string {
  return `${digits(valueMs)} ms`;
}

/** A ratio: "4.2 times". */
export function times(ratio: number): string {
  return `${digits(ratio)}×`;
}

function digits(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString("en-US", { maximumFractionDigits: 2 });
}
