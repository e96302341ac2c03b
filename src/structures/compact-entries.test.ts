import { describe, expect, test } from "vitest";
import { CompactEntries } from "./compact-entries.ts";
import type { ZMember } from "./z-member.ts";

// What both forms do alike stands in indexed-entries.test.ts.

/** Twenty members, from the highest score down. */
function twenty(): CompactEntries {
  const entries = new CompactEntries();
  for (let i = 20; i > 0; i--) entries.insert(`m${i}`, i);
  return entries;
}

describe("CompactEntries", () => {
  test("name an entry by its rank", () => {
    const entries = twenty();
    for (let i = 1; i <= 20; i++) expect(entries.find(`m${i}`)).toBe(i - 1);
  });

  test("are scanned in one step, in order of rank, whatever the count", () => {
    const entries = twenty();
    const scanned: ZMember[] = [];
    expect(entries.scan(0, 1, scanned)).toBe(0);
    expect(scanned).toEqual([...entries]);
  });
});
