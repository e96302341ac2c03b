import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { patched } from "./mutated-tree.ts";
import { MUTANTS } from "./table.ts";

describe("the table of mutants", () => {
  it.each(MUTANTS)("fits the source: $name", (mutant) => {
    expect(patched(mutant)).toContain(mutant.replace);
  });

  it("is the list that docs/testing.md has", () => {
    const page = readFileSync(new URL("../../../docs/testing.md", import.meta.url), "utf8");
    const [, section = ""] = page.split("### The mutants");
    const [list = ""] = section.split(/^#/m);
    const listed = [...list.matchAll(/^- (.+)$/gm)].map(([, name]) => name);
    expect(listed).toEqual(MUTANTS.map(({ name }) => name));
  });

  it("refuses a snippet that stands nowhere", () => {
    const mutant = { name: "none", file: "package.json", find: "no such text", replace: "" };
    expect(() => patched(mutant)).toThrow("exactly once: received 0 times");
  });
});
