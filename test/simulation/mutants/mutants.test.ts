import { describe, expect, it } from "vitest";
import { patched } from "./mutated-tree.ts";
import { MUTANTS } from "./table.ts";

describe("the table of mutants", () => {
  it.each(MUTANTS)("fits the source: $name", (mutant) => {
    expect(patched(mutant)).toContain(mutant.replace);
  });

  it("refuses a snippet that stands nowhere", () => {
    const mutant = { name: "none", file: "package.json", find: "no such text", replace: "" };
    expect(() => patched(mutant)).toThrow("exactly once: received 0 times");
  });
});
