/** Holds docs/persistence.md to the tests that it names: each promise has one, and it is there. */
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const root = new URL("../../", import.meta.url);
const page = readFileSync(new URL("docs/persistence.md", root), "utf8");
/** What stands in a title for something that differs from test to test. */
const DIFFERS = /\$\{[^}]*\}|\$\w+|%\w/g;
/** A row that ends with a cell of "`file`: title". */
const promises = [...page.matchAll(/^\|.*\| `([\w./-]+\.test\.ts)`: (.*) \|$/gm)].map(
  ([, file = "", title = ""]) => ({ file, title }),
);

test("the tables of promises are found", () => {
  const rows = (page.match(/^\|.*\.test\.ts.*\|$/gm) ?? []).length;
  expect(promises.length).toBe(rows);
  expect(rows).toBeGreaterThan(25);
});

test.each(promises)("$file holds: $title", ({ file, title }) => {
  expect(existsSync(new URL(file, root)), file).toBe(true);
  const text = readFileSync(new URL(file, root), "utf8").replaceAll(DIFFERS, "…");
  expect(['"', "'", "`"].some((quote) => text.includes(`${quote}${title}${quote}`))).toBe(true);
});
