import { CacheError } from "../errors.ts";
import { Listeners } from "./events.ts";
import { notUsable } from "./failure.ts";
import { KeyLocks } from "./key-locks.ts";
import type { Member } from "./member.ts";
import type { DistributedConfig } from "./options.ts";
import type { Owners, Topology } from "./topology.ts";

const NO_KEYS: readonly string[] = [];

/** What a coordinator counts. All of them only grow. */
export interface Counts {
  requests: number;
  failovers: number;
  replicationFailures: number;
  rebalances: number;
}

/** What the parts of one coordinator share: the nodes, who owns what, the order of calls, the counts. */
export class Cluster {
  readonly config: DistributedConfig;
  readonly topology: Topology;
  readonly locks = new KeyLocks();
  readonly listeners = new Listeners();
  readonly counts: Counts = {
    requests: 0,
    failovers: 0,
    replicationFailures: 0,
    rebalances: 0,
  };
  isClosed = false;
  /** Is told when a key is disputed. */
  onDispute: (() => void) | undefined;
  /**
   * Keys of which a write failed on all owners, so that nobody knows which of them has it: the
   * first to answer again is right, and the others are dirty then.
   */
  readonly #disputes = new Set<string>();
  readonly #name: string;
  #transfers = 0;

  constructor(config: DistributedConfig, topology: Topology) {
    this.config = config;
    this.topology = topology;
    this.#name = Math.floor(config.random() * 2 ** 48).toString(36);
  }

  now(): number {
    return this.config.clock.now();
  }

  /** Names the chunks of one copy, unlike those of any other copy or coordinator. */
  nextTransferId(): string {
    return `${this.#name}:${++this.#transfers}`;
  }

  /**
   * Sees to it that the node is the incarnation that it is taken for.
   * @throws what its failure is, or `NODE_UNHEALTHY` where it is another incarnation and behind
   */
  async trust(member: Member): Promise<void> {
    while (!member.isTrusted) await member.handshake();
  }

  /**
   * The owner that acts for a key: the first one that is healthy and fresh, else the first that is
   * degraded and fresh, those that failed before left out. `also`: further keys of the call.
   */
  choose(
    key: string,
    owners: Owners,
    tried: readonly Member[],
    also: readonly string[] = NO_KEYS,
  ): Member | undefined {
    let degraded: Member | undefined;
    for (const member of owners.members) {
      if (!member.isReachable || !member.isFreshFor(key, owners) || tried.includes(member))
        continue;
      if (!also.every((other) => member.isFreshFor(other, owners))) continue;
      if (member.health === "healthy") return member;
      degraded ??= member;
    }
    return degraded;
  }

  /** Why each owner cannot act for a key, those that failed before left out. */
  reasons(owners: Owners, tried: readonly Member[]): CacheError[] {
    return owners.members
      .filter((member) => !tried.includes(member))
      .map((member) => {
        if (!member.isReachable) return notUsable(member.id, `is ${member.health}`);
        return notUsable(member.id, "has not caught up with the key");
      });
  }

  // ---- disputes

  get hasDisputes(): boolean {
    return this.#disputes.size > 0;
  }

  disputedKeys(): readonly string[] {
    return [...this.#disputes];
  }

  /** Nobody knows which owner has the last write of a key. */
  dispute(key: string, owners: Owners): void {
    if (this.#disputes.size < this.config.maxDirtyKeys) {
      this.#disputes.add(key);
      this.onDispute?.();
    } else for (const member of owners.members) if (member !== owners.primary) member.miss(key);
  }

  /** An owner answered: what it has is what holds. */
  decide(key: string, owners: Owners, authority: Member): void {
    if (!this.#disputes.delete(key)) return;
    for (const member of owners.members) if (member !== authority) member.miss(key);
  }

  /** No key is there any more to disagree about. */
  forgetDisputes(): void {
    this.#disputes.clear();
  }
}

/** Throws `CLOSED` when the coordinator is. */
export function checkOpen(cluster: Cluster): void {
  if (!cluster.isClosed) return;
  throw new CacheError(
    "CLOSED",
    "Cannot use the cache: it must be open: received a call after close",
  );
}
