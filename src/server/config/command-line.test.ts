import { expect, test } from "vitest";
import { parseCommandLine } from "./command-line.ts";

test.each([
  [["-p", "7380"], "-p: a flag begins with --, did you mean --port?"],
  [["-port", "7380"], "-port: a flag begins with --, did you mean --port?"],
  [["-x", "7380"], "-x: a flag begins with --"],
  [["-"], "-: the configuration is not read from the standard input"],
  [["laurel.conf", "7380"], "7380: a flag begins with --"],
])("%j is refused, and the word at fault is named", (args, reason) => {
  const refusal = `Cannot configure the server: ${reason}`;
  expect(() => parseCommandLine(args)).toThrow(new RegExp(`^${refusal.replace("?", "\\?")}$`));
});

test("addresses begin with a dash where they follow a flag", () => {
  const { settings } = parseCommandLine(["--bind", "127.0.0.1", "-::1"]);
  expect(settings).toEqual([{ name: "bind", words: ["127.0.0.1", "-::1"], source: "--bind" }]);
});
