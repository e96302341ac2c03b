/** What an example prints, as one text. */
export async function printed(
  main: (print: (line: string) => void) => Promise<void>,
): Promise<string> {
  const lines: string[] = [];
  await main((line) => lines.push(line));
  return lines.join("\n");
}
