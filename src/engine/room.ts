import { CacheError } from "../errors.ts";
import { NO_SLOT } from "../structures/slot-table.ts";
import type { KeyspaceConfig } from "./keyspace-config.ts";

/** A keyspace, as whoever makes room in it sees it. */
export interface Tenant {
  readonly size: number;
  readonly memoryBytes: number;
  readonly leaderboards: number;
  costAt(slot: number): number;
  /** Collects one expired key but `kept`. @returns whether there was one */
  expireOne(kept: number): boolean;
  /** Evicts the key that the policy chooses, but never `kept`. @returns whether there was one */
  evictOne(kept: number): boolean;
}

/**
 * The room that all siblings of a keyspace share: what they hold together, held against the limits.
 * Whoever is about to write asks for room first, while nothing has changed: expired keys go, then
 * the policy's victims, or the write is refused.
 */
export class Room {
  readonly #tenants: readonly Tenant[];
  #limits: KeyspaceConfig;

  constructor(tenants: readonly Tenant[], limits: KeyspaceConfig) {
    this.#tenants = tenants;
    this.#limits = limits;
  }

  /** Puts other limits in force; nobody goes for them yet. */
  limit(limits: KeyspaceConfig): void {
    this.#limits = limits;
  }

  /** Whether so many keys and bytes more would be within the limits. O(tenants). */
  fits(entries: number, bytes: number): boolean {
    return (
      this.#entries() + entries <= this.#limits.maxEntries &&
      this.#bytes() + bytes <= this.#limits.maxMemoryBytes
    );
  }

  /**
   * Makes room for a write to a tenant that adds so many keys and bytes, of which those of the key at
   * `kept` are not evicted (-1: none).
   * @throws {CacheError} `CACHE_FULL` when it cannot fit; no living key was touched then
   */
  make(tenant: Tenant, entries: number, bytes: number, kept: number): void {
    if (entries > this.#limits.maxEntries) throw this.#full(entries, bytes);
    this.checkFitsAlone((kept === NO_SLOT ? 0 : tenant.costAt(kept)) + bytes);
    while (!this.fits(entries, bytes) && tenant.expireOne(kept));
    while (!this.fits(entries, bytes)) {
      if (!this.#evictOne(tenant, kept)) throw this.#full(entries, bytes);
    }
  }

  /** Throws `CACHE_FULL` when a key of this cost would not fit where nothing else is held. */
  checkFitsAlone(cost: number): void {
    if (cost > this.#limits.maxMemoryBytes) throw this.#full(0, cost);
  }

  /**
   * Makes sure that a tenant may have one more sorted set, without collecting the key at `kept`.
   * @throws {CacheError} `LEADERBOARD_FULL` when it has as many as it may
   */
  makeForLeaderboard(tenant: Tenant, kept: number): void {
    const { maxLeaderboards } = this.#limits;
    while (tenant.leaderboards >= maxLeaderboards && tenant.expireOne(kept));
    if (tenant.leaderboards < maxLeaderboards) return;
    throw new CacheError(
      "LEADERBOARD_FULL",
      `Cannot create a leaderboard: maxLeaderboards is ${maxLeaderboards}: received one more`,
    );
  }

  /** Evicts, of a tenant first, until what is held is within the limits or nothing can go. */
  evictUntilItFits(tenant: Tenant): void {
    while (!this.fits(0, 0) && this.#evictOne(tenant, NO_SLOT));
  }

  #evictOne(tenant: Tenant, kept: number): boolean {
    if (tenant.evictOne(kept)) return true;
    return this.#tenants.some((other) => other !== tenant && other.evictOne(NO_SLOT));
  }

  #entries(): number {
    let entries = 0;
    for (const tenant of this.#tenants) entries += tenant.size;
    return entries;
  }

  #bytes(): number {
    let bytes = 0;
    for (const tenant of this.#tenants) bytes += tenant.memoryBytes;
    return bytes;
  }

  #full(entries: number, bytes: number): CacheError {
    const { maxEntries, maxMemoryBytes } = this.#limits;
    const held = this.#entries();
    const limit =
      held + entries > maxEntries
        ? `maxEntries is ${maxEntries}: received ${entries} more than the ${held} held`
        : `maxMemoryBytes is ${maxMemoryBytes}: received ${bytes} bytes more than the ` +
          `${this.#bytes()} held`;
    return new CacheError("CACHE_FULL", `Cannot write: the cache is full, ${limit}`);
  }
}
