import { keyspaceOf, MemoryCache, onClose } from "../cache/memory-cache.ts";
import { MemoryLeaderboardCache } from "../cache/memory-leaderboard-cache.ts";
import { systemTimers } from "../cache/platform.ts";
import { Sweeper } from "../cache/sweeper.ts";
import type { SaveAtEnd } from "../commands/server-port.ts";
import { Databases } from "../engine/databases.ts";
import type { Clock } from "../engine/clock.ts";
import type { Keyspace } from "../engine/keyspace.ts";
import { CacheError, show } from "../errors.ts";
import type { ServerConfig } from "./config/server-config.ts";
import { givenData } from "./persistence/given-cache.ts";
import {
  ServerPersistence,
  type ServerPersistenceTools,
} from "./persistence/server-persistence.ts";

/** How often, at most, expired keys of a server's own cache are collected. */
const SWEEP_INTERVAL_MS = 100;

/**
 * What a server serves: databases, of which the first is a cache, its own or one that was handed in,
 * and who keeps them.
 */
export class ServedData {
  readonly cache: MemoryCache;
  readonly databases: Databases;
  readonly persistence: ServerPersistence;
  readonly #isOwn: boolean;
  readonly #sweepers: Sweeper[] = [];

  /**
   * @throws {CacheError} `INVALID_CONFIG` for anything but an open cache, or one that cannot be served as is asked
   * for
   */
  constructor(
    config: ServerConfig,
    given: MemoryCache | undefined,
    clock: Clock,
    tools: ServerPersistenceTools,
  ) {
    this.#isOwn = given === undefined;
    const cache =
      given === undefined
        ? new MemoryLeaderboardCache({ sweepInterval: SWEEP_INTERVAL_MS, clock })
        : given;
    // What a caller without types hands in may be anything.
    if (!(cache instanceof MemoryCache)) throw notServable(show(cache));
    this.cache = cache;
    const theirs = this.#isOwn ? undefined : givenData(cache, config);
    const first = keyspaceOf(cache);
    this.databases = theirs?.databases ?? this.#newDatabases(first, config.get("databases"));
    this.persistence = this.#isOwn
      ? ServerPersistence.own(this.databases, config, tools)
      : ServerPersistence.ofCache(theirs?.kept, config, tools);
    first.takeNotes();
  }

  /**
   * Calls back when the cache is closed. @returns what ends that
   * @throws {CacheError} `INVALID_CONFIG` where it is closed already
   */
  follow(closed: () => void): () => void {
    const forget = onClose(this.cache, closed);
    if (forget === undefined) throw notServable("one that is closed");
    return forget;
  }

  /**
   * Leaves a cache that was handed in as it is, and closes one of its own.
   * @throws {CacheError} `PERSISTENCE_FAILED` where something could not be kept
   */
  async close(save: SaveAtEnd): Promise<void> {
    for (const sweeper of this.#sweepers) sweeper.stop();
    try {
      await this.persistence.close(save);
    } finally {
      if (this.#isOwn || this.persistence.kept === undefined) this.#clearOthers();
      if (this.#isOwn) await this.cache.close();
    }
  }

  /** Nobody reaches the others any more, and a cache that lives on would count their keys. */
  #clearOthers(): void {
    for (const [index, keyspace] of this.databases.entries()) {
      if (index > 0) keyspace.clear();
    }
  }

  /**
   * Database 0, and others, whose expired keys are collected here: the cache does not know them.
   */
  #newDatabases(first: Keyspace, count: number): Databases {
    return new Databases(first, count, (made) => {
      const sweeper = new Sweeper(made, systemTimers, SWEEP_INTERVAL_MS);
      made.onEarliestDeadline = (deadline) => sweeper.expect(deadline);
      this.#sweepers.push(sweeper);
    });
  }
}

/** The error for a cache that cannot be served. */
export function notServable(received: string): CacheError {
  return new CacheError(
    "INVALID_CONFIG",
    `Cannot serve: cache must be an open MemoryCache or MemoryLeaderboardCache: received ${received}`,
  );
}
