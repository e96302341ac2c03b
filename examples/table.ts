export interface Column {
  readonly heading: string;
  readonly align: "left" | "right";
}

/** A column of text, flush left. */
export function text(heading: string): Column {
  return { heading, align: "left" };
}

/** A column of figures, flush right. */
export function figures(heading: string): Column {
  return { heading, align: "right" };
}

/** A table as lines: each column as wide as its widest cell, the headings above a rule. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly (string | number)[])[],
): string[] {
  const cells = rows.map((row) => row.map(shown));
  const widths = columns.map(({ heading }, at) =>
    Math.max(heading.length, ...cells.map((row) => row[at]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    columns
      .map(({ align }, at) => pad(row[at] ?? "", widths[at] ?? 0, align))
      .join("  ")
      .trimEnd();
  return [
    line(columns.map(({ heading }) => heading)),
    line(widths.map((width) => "-".repeat(width))),
    ...cells.map(line),
  ];
}

/** A number with commas between its thousands. */
export function count(value: number): string {
  return value.toLocaleString("en-US");
}

function shown(cell: string | number): string {
  return typeof cell === "number" ? count(cell) : cell;
}

function pad(cell: string, width: number, align: Column["align"]): string {
  return align === "left" ? cell.padEnd(width) : cell.padStart(width);
}
