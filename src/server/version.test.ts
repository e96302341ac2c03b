import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { LAUREL_VERSION } from "./version.ts";

test("the server's version is the package's", () => {
  const file = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  expect((JSON.parse(file) as { version: string }).version).toBe(LAUREL_VERSION);
});
