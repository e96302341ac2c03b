import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  COMPATIBILITY_PAGE,
  withConformanceSection,
} from "../../scripts/generate-conformance-section.ts";

test("docs/compatibility.md lists the cases of Redis' suite that are expected to fail", () => {
  const page = readFileSync(COMPATIBILITY_PAGE, "utf8");
  expect(page, "scripts/generate-conformance-section.ts writes them").toBe(
    withConformanceSection(page),
  );
});
