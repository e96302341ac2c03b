import { describe, expect, test } from "vitest";
import { blockTexts, fillBlocks } from "../../bench/page/blocks.ts";
import { partResults } from "./example-results.ts";

const table = { key: "spread", title: "Shares", columns: ["node", "share"], rows: [["a", "1 %"]] };
const results = {
  ring: partResults({
    tables: [table],
    facts: { "fact-size": "2 MB" },
    versions: { hashring: "3.2.0" },
  }),
};
const texts = blockTexts(results);

function filled(text: string, name = "docs/guide.md"): string {
  return fillBlocks(text, name, texts);
}

describe("a block", () => {
  test("is filled with the table of its key, and with where it was measured", () => {
    const text = filled("Before.\n\n<!-- bench: spread -->\nold\n<!-- /bench -->\n\nAfter.\n");
    expect(text).toContain("| node | share |\n| --- | ---: |\n| a | 1 % |\n");
    expect(text).toContain("2026-01-31, Node.js 20.1.0, hashring 3.2.0, 2 cores of Some CPU");
    expect(text).not.toContain("old");
    expect(text).toMatch(/^Before\.\n\n<!-- bench: spread -->\n/);
    expect(text).toMatch(/\n<!-- \/bench -->\n\nAfter\.\n$/);
  });

  test("says so where the machine was busy with other things", () => {
    const load = { atStart: 1.25, isBusy: true, othersShare: 0.123, stolenShare: 0 };
    const busy = blockTexts({ ring: partResults({ tables: [table], load }) });
    expect(JSON.stringify(busy.get("spread"))).toContain("**a busy machine**");
    expect(JSON.stringify(busy.get("versions"))).toContain("| 1.25, **busy** | 12.3 % + 0.0 % |");
    expect(JSON.stringify(texts.get("spread"))).not.toContain("busy");
  });

  test("stays as it is when it is filled again", () => {
    const once = filled("<!-- bench: spread -->\n<!-- /bench -->\n");
    expect(filled(once)).toBe(once);
  });

  test("holds a fact within a sentence", () => {
    expect(filled("It has <!-- bench: fact-size -->1 MB<!-- /bench -->, all told.")).toBe(
      "It has <!-- bench: fact-size -->2 MB<!-- /bench -->, all told.",
    );
  });

  test("links to the page from where it stands", () => {
    const block = "<!-- bench: spread -->\n<!-- /bench -->\n";
    expect(filled(block)).toContain("](benchmarks.md#ring)");
    expect(filled(block, "README.md")).toContain("](docs/benchmarks.md#ring)");
  });

  test("of an unknown key is an error that names it and the file", () => {
    expect(() => filled("<!-- bench: shares -->\n<!-- /bench -->\n", "docs/ring.md")).toThrow(
      'Cannot fill docs/ring.md: nothing that was measured has the key "shares"',
    );
  });

  test.each([
    ["at the end of the file", "<!-- bench: spread -->\nText.\n"],
    ["before another one", "<!-- bench: spread -->\n<!-- bench: spread -->\n<!-- /bench -->\n"],
  ])("without an end is an error: %s", (_, text) => {
    expect(() => filled(text)).toThrow('the block "spread" has no end');
  });

  test("is left alone where it is shown as code", () => {
    const fence = "```html\n<!-- bench: KEY -->\n<!-- /bench -->\n```\n";
    const quoted = "A `<!-- bench: KEY -->` begins a block.\n";
    expect(filled(fence + quoted)).toBe(fence + quoted);
  });
});

describe("keys", () => {
  test("are unique over all parts", () => {
    const twice = {
      ring: partResults({ tables: [table] }),
      memory: partResults({ tables: [table] }),
    };
    expect(() => blockTexts(twice)).toThrow('the key "spread" is given twice');
  });

  test("exist for the targets of a part that was measured", () => {
    expect(texts.has("targets-ring")).toBe(true);
    expect(texts.has("targets-server")).toBe(false);
  });
});
