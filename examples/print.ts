/** Takes a line of an example's output. */
export type Print = (line: string) => void;

/** Prints the title of an example's step. */
export function step(print: Print, number: number, title: string): void {
  print("");
  print(`${number}. ${title}`);
}

export function printAll(print: Print, lines: readonly string[]): void {
  for (const line of lines) print(line);
}
