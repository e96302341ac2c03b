/** A table in markdown: columns of numbers to the right, others to the left. */
export function markdownTable(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const rule = columns.map((_, i) => (isNumeric(rows, i) ? "---:" : "---"));
  return [columns, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Whether every cell of a column, but empty ones, begins with a digit; the first names its row. */
function isNumeric(rows: readonly (readonly string[])[], column: number): boolean {
  return column > 0 && rows.every((cells) => /^(?:-?\d|$)/.test(cells[column] ?? ""));
}
