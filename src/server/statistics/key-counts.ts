import type { Databases } from "../../engine/databases.ts";
import type { KeyspaceStats } from "../../engine/keyspace.ts";

type Count = keyof KeyspaceStats;

/**
 * What happened to keys of all databases since the start, or since CONFIG RESETSTAT. The keyspaces
 * go on counting for whoever else reads them; what they had counted then is taken off.
 */
export class KeyCounts {
  readonly #databases: Databases;
  #before: KeyspaceStats;

  constructor(databases: Databases) {
    this.#databases = databases;
    this.#before = this.#sums();
  }

  since(count: Count): number {
    return this.#sums()[count] - this.#before[count];
  }

  reset(): void {
    this.#before = this.#sums();
  }

  #sums(): KeyspaceStats {
    const sums = {
      hits: 0,
      misses: 0,
      leaderboardHits: 0,
      leaderboardMisses: 0,
      sets: 0,
      deletes: 0,
      evictions: 0,
      expirations: 0,
    };
    for (const [, { stats }] of this.#databases.entries()) {
      for (const count of Object.keys(sums) as Count[]) sums[count] += stats[count];
    }
    return sums;
  }
}
