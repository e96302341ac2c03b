import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { COMMAND_PAGE, commandPage } from "../../scripts/generate-command-page.ts";

test("docs/commands.md is what the table of commands makes of it (npm run commands)", () => {
  expect(readFileSync(COMMAND_PAGE, "utf8")).toBe(commandPage());
});
