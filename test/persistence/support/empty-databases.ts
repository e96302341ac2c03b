import { Databases } from "../../../src/engine/databases.ts";
import { Keyspace } from "../../../src/engine/keyspace.ts";
import { seededRandom } from "../../../src/structures/random.ts";

/** Sixteen empty databases without limits, whose clock stands at a time. */
export function emptyDatabases(nowMs: number): Databases {
  const first = new Keyspace({
    clock: { now: () => nowMs },
    random: seededRandom(7),
    eviction: "none",
    maxEntries: Infinity,
    maxMemoryBytes: Infinity,
    maxLeaderboards: Infinity,
    maxMembersPerSet: Infinity,
    defaultTtl: Infinity,
  });
  return new Databases(first, 16);
}
