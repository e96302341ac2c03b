/**
 * Holds docs/api.md to the source: it is what the doc comments make of it, and nothing that the package
 * exports is missing. The former needs typedoc, which has a folder of its own; the latter needs nothing.
 */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { slug } from "../../scripts/api/links.ts";
import {
  API_PAGE,
  hasTypedoc,
  INSTALL_TYPEDOC,
  writtenAnew,
} from "../../scripts/generate-api-page.ts";

const root = new URL("../../", import.meta.url);
const page = readFileSync(API_PAGE, "utf8");
const headings = [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => heading);

const exported = ["", "structures/", "distributed/", "persistence/", "redis/", "server/"].flatMap(
  (folder) => exportsOf(`src/${folder}index.ts`),
);
const calls = [
  ...callsOf("Cache", read("src/cache/contract.ts")),
  ...callsOf("LeaderboardCache", read("src/cache/leaderboard-contract.ts")),
];

function read(path: string): string {
  return readFileSync(new URL(path, root), "utf8");
}

/** The names that an entry exports, types included. */
function exportsOf(path: string): string[] {
  const lists = [...read(path).matchAll(/^export (?:type )?\{(.*?)\}/gms)];
  return lists.flatMap(([, list = ""]) => list.match(/(?<!\w)(?!type\b)\w+/g) ?? []);
}

/** The headings of an interface's calls. */
function callsOf(name: string, text: string): string[] {
  return [...text.matchAll(/^ {2}(\w+)\(/gm)].map(([, call]) => `${name}: ${call}`);
}

/** What stands under a heading, up to the next one. */
function sectionOf(heading: string): string {
  const [, section = ""] = page.split(`\n#### ${heading}\n`);
  return section.split(/^#+ /m)[0] ?? "";
}

/** Whether the test of the page's freshness runs; where typedoc is missing a line says how to get it. */
function canBeMade(): boolean {
  if (process.env["LAUREL_REQUIRE_SERVERS"] === "1" || hasTypedoc()) return true;
  console.warn(`Skipped: typedoc is not installed (${INSTALL_TYPEDOC}).`);
  return false;
}

test.skipIf(!canBeMade())(
  "docs/api.md is what the doc comments make of it (npm run api)",
  () => expect(writtenAnew()).toBe(page),
  120_000,
);

test("all names and calls are found in the source", () => {
  expect(exported).toContain("MemoryLeaderboardCache");
  expect(exported).toContain("DistributedCacheOptions");
  expect(calls).toContain("Cache: setMany");
  expect(calls).toContain("LeaderboardCache: zRangeByScore");
  expect(calls.length).toBeGreaterThan(40);
});

test.each([...new Set(exported)])("the page has a section on %s", (name) => {
  expect(headings).toContain(name);
});

test.each(calls)("the page has a section on %s, with an example", (call) => {
  expect(headings).toContain(call);
  expect(sectionOf(call)).toContain("```ts\nimport { ");
});

test("no two headings have one anchor", () => {
  expect(new Set(headings.map(slug)).size).toBe(headings.length);
});

test("every link within the page leads to a heading", () => {
  const anchors = new Set(headings.map(slug));
  const targets = [...page.matchAll(/\]\(#([^)]*)\)/g)].map(([, target = ""]) => target);
  expect(targets.filter((target) => !anchors.has(target))).toEqual([]);
});

test("what the language calls has a section, too, where it does something of its own", () => {
  for (const name of ["SkipList", "SortedSet"]) {
    expect(sectionOf(`${name}: [Symbol.iterator]`)).toContain("```ts\nimport { ");
  }
});

test.each(["cache", "server"])("the page says how `await using` closes a %s", (owner) => {
  expect(page).toContain(
    `\`[Symbol.asyncDispose]\`, which \`await using\` calls at the end of its block, is [\`close\`](#${owner}-close).`,
  );
});

test("an option with a few values shows them in its table", () => {
  const values = String.raw`"next-node" \| "all-nodes" \| "retry"`;
  expect(page).toContain(`| \`failover\` | [\`${values}\`](#failover) |`);
});
