/** Holds what pages list by hand to the source: commands to begin with, imports, eviction policies. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { EVICTIONS } from "../../src/engine/eviction/create-policy.ts";

const root = new URL("../../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");
const readme = read("README.md");
const manifest = JSON.parse(read("package.json")) as {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly scripts: Readonly<Record<string, string>>;
};

describe("the README", () => {
  test("begins with the two commands", () => {
    const [, commands = ""] = /^```sh\n(.*?)^```/ms.exec(readme) ?? [];
    const lines = commands.trim().split("\n");
    expect(lines.map((line) => line.split("#")[0]?.trim())).toEqual([
      "npm ci && npm start",
      "npm ci && npm test",
    ]);
    expect(Object.keys(manifest.scripts)).toEqual(expect.arrayContaining(["start", "test"]));
  });

  test("has a row for each path that can be imported", () => {
    const rows = [...readme.matchAll(/^\| `(laurel[/\w]*)` \|/gm)].map(([, path = ""]) => path);
    const paths = Object.keys(manifest.exports).filter((path) => !path.endsWith(".json"));
    expect(rows.toSorted()).toEqual(paths.map((path) => path.replace(".", "laurel")).toSorted());
  });
});

describe("the eviction policies", () => {
  test.each(["README.md", "docs/migration.md"])("are all named in %s", (page) => {
    const text = read(page);
    expect(EVICTIONS.filter((name) => !text.includes(`"${name}"`))).toEqual([]);
  });

  test.each(["docs/server.md", "docs/compatibility.md"])(
    "are all named as parameters in %s",
    (page) => {
      const text = read(page);
      const names = EVICTIONS.map((name) => (name === "none" ? "noeviction" : `allkeys-${name}`));
      expect(names.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
    },
  );
});
