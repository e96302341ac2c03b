import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { main } from "../../examples/persistent.ts";

function expected(run: number): string {
  return `\
=== Persistent Example ===

1. What earlier runs left
Players on the board: ${run === 1 ? 0 : run * 2}
This is run ${run}

2. A match
Players on the board: ${run * 2 + 2}

3. What is known of the files
Failure: none
Bytes that are not on the disk for certain: 0

4. A second cache on the same files
Refused: PERSISTENCE_FAILED

5. The next process
#1: ada ${run * 30}
#2: bob ${run * 20}
The week ends in 7 days`;
}

test("each run goes on where the last one ended", async () => {
  const dir = mkdtempSync(join(tmpdir(), "laurel-"));
  try {
    for (const run of [1, 2, 3]) {
      const lines: string[] = [];
      await main(dir, (line) => lines.push(line));
      expect(lines.join("\n")).toBe(expected(run));
    }
  } finally {
    rmSync(dir, { recursive: true });
  }
});
