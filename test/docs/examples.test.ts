/**
 * Runs every example of the documentation as it stands: the fenced `js` and `ts` blocks of the
 * Markdown files, and those of the doc comments. Where a line prints something and a comment says
 * what, the two are compared.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const generated = fileURLToPath(new URL("./generated/", import.meta.url));

interface Example {
  name: string;
  code: string;
}

const sources = [
  "README.md",
  // The page of the API is made of the doc comments, whose examples run from the source.
  ...filesIn("docs", (path) => path.endsWith(".md") && path !== "api.md"),
  ...filesIn("src", (path) => path.endsWith(".ts") && !path.endsWith(".test.ts")),
];
const examples = sources.flatMap(examplesOf);

function filesIn(folder: string, isWanted: (path: string) => boolean): string[] {
  const paths = readdirSync(`${root}${folder}`, { recursive: true, encoding: "utf8" });
  return paths
    .filter(isWanted)
    .toSorted()
    .map((path) => `${folder}/${path}`);
}

function examplesOf(path: string): Example[] {
  const text = readFileSync(`${root}${path}`, "utf8");
  const found: Example[] = [];
  const fence = path.endsWith(".md")
    ? /^```(?:js|ts)\n(.*?)^```/gms
    : /^ +\* ```ts\n(.*?)^ +\* ```/gms;
  for (const match of text.matchAll(fence)) {
    const line = text.slice(0, match.index).split("\n").length;
    const code = (match[1] ?? "").replaceAll(/^ +\* ?/gm, path.endsWith(".md") ? "$&" : "");
    found.push({ name: `${path}:${line}`, code });
  }
  return found;
}

/** What the comments behind `console.log(...)` promise, line by line. */
function promised(code: string): string[] {
  return [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map((match) => match[1] ?? "");
}

function printed(calls: readonly unknown[][]): string[] {
  return calls.map((call) =>
    call.map((value) => (typeof value === "string" ? value : inspect(value))).join(" "),
  );
}

describe("examples of the documentation", () => {
  beforeAll(() => mkdirSync(generated, { recursive: true }));
  afterAll(() => rmSync(generated, { recursive: true, force: true }));

  test("there are some", () => {
    expect(examples.length).toBeGreaterThan(5);
  });

  test.each(examples)("$name runs and prints what it says", async ({ name, code }) => {
    const file = `${generated}${name.replaceAll(/[^\w]/g, "-")}.ts`;
    writeFileSync(file, code);
    const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
    try {
      await import(file);
      const lines = printed(log.mock.calls);
      const expected = promised(code);
      for (const line of expected) if (!line.startsWith("the ")) expect(lines).toContain(line);
    } finally {
      log.mockRestore();
    }
  });
});
