import { equal, ok } from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryLeaderboardCache } from "laurel";
import { files, type FilesOptions, type Fsync } from "laurel/persistence";

const fsync: Fsync = "always";
const options: FilesOptions = { dir: mkdtempSync(join(tmpdir(), "laurel-user-")), fsync };
try {
  const cache = new MemoryLeaderboardCache({ persistence: files(options) });
  await cache.zAdd("scores", { member: "ada", score: 1815 });
  ok(cache.metrics().persistence !== undefined);
  await cache.close();

  await using later = new MemoryLeaderboardCache({ persistence: files(options) });
  await later.ready();
  equal(await later.zScore("scores", "ada"), 1815);
} finally {
  rmSync(options.dir, { recursive: true });
}
