/** Holds docs/server.md to the source: the policies of its table are those that the server has. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { MAXMEMORY_POLICIES } from "../../src/server/config/parameters-in-force.ts";

const page = readFileSync(new URL("../../docs/server.md", import.meta.url), "utf8");

test("the table of maxmemory-policy has each policy", () => {
  const [, table = ""] = page.split("| `maxmemory-policy` | what makes room |\n| --- | --- |\n");
  const [rows = ""] = table.split("\n\n");
  const named = [...rows.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name);
  expect(named).toEqual([...MAXMEMORY_POLICIES]);
});
