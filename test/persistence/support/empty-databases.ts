import type { Clock } from "../../../src/engine/clock.ts";
import { Databases } from "../../../src/engine/databases.ts";
import { type KeyspaceConfig, NO_LIMITS } from "../../../src/engine/keyspace-config.ts";
import { Keyspace } from "../../../src/engine/keyspace.ts";
import { seededRandom } from "../../../src/structures/random.ts";

/** Sixteen empty databases, by a clock or at the time where it stands, without limits unless given. */
export function emptyDatabases(
  clock: Clock | number,
  limits: Partial<KeyspaceConfig> = {},
): Databases {
  const first = new Keyspace({
    clock: typeof clock === "number" ? { now: () => clock } : clock,
    random: seededRandom(7),
    eviction: "none",
    ...NO_LIMITS,
    ...limits,
  });
  return new Databases(first, 16);
}
