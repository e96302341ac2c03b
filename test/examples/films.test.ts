import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { main } from "../../examples/films.ts";

test("the films print what films.expected.txt says, line by line", async () => {
  const expected = readFileSync(new URL("films.expected.txt", import.meta.url), "utf8");
  const lines: string[] = [];
  let nowMs = 0;
  // A clock that goes on by a millisecond each time it is read: each step then takes one.
  await main(
    (line) => lines.push(line),
    () => nowMs++,
  );
  expect(lines).toEqual(expected.trimEnd().split("\n"));
});
