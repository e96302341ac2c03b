import { CacheError } from "../errors.ts";
import { Listeners } from "./events.ts";
import { notUsable } from "./failure.ts";
import { KeyLocks } from "./key-locks.ts";
import { LaneLimit, ONE_LANE } from "./lanes.ts";
import type { Member } from "./member.ts";
import type { DistributedConfig } from "./options.ts";
import type { Owners, Topology } from "./topology.ts";

const NO_KEYS: readonly string[] = [];
/** Keys on their way between nodes at the same time, where one of them is reached over a network. */
const KEYS_IN_FLIGHT_MAX = 64;

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
  /** Why it takes no calls: other coordinators over its nodes have another ring. */
  refusal: CacheError | undefined;
  /** Is told when a key is disputed. */
  onDispute: (() => void) | undefined;
  /**
   * Keys of which a write failed on all owners, so that nobody knows which of them has it: the
   * first to answer again is right, and the others are dirty then.
   */
  readonly #disputes = new Set<string>();
  readonly #lanes = new LaneLimit(KEYS_IN_FLIGHT_MAX);
  readonly #name: string;
  #transfers = 0;

  constructor(config: DistributedConfig, topology: Topology) {
    this.config = config;
    this.topology = topology;
    this.#name = Math.floor(config.random() * 2 ** 48).toString(36);
  }

  /** Whether it does nothing any more. */
  get isOver(): boolean {
    return this.isClosed || this.refusal !== undefined;
  }

  /** How many keys are compared, copied or deleted at the same time. */
  get lanes(): LaneLimit {
    for (const { isFenced } of this.topology.members.values()) if (isFenced) return this.#lanes;
    return ONE_LANE;
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

  /**
   * Why each owner cannot act for a key, those that failed before left out.
   * @throws {CacheError} `INVALID_CONFIG` where none may, as the nodes are of another ring
   */
  reasons(owners: Owners, tried: readonly Member[]): CacheError[] {
    if (this.refusal !== undefined) throw this.refusal;
    return owners.members
      .filter((member) => !tried.includes(member))
      .map((member) => {
        const isOut = !member.isReachable;
        return unusable(member, isOut ? `is ${member.health}` : "has not caught up with the key");
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

/** The cause that is given for a node that was not asked, with what it failed with last. */
export function unusable({ id, lastFailure }: Member, reason: string): CacheError {
  return notUsable(id, reason, lastFailure);
}

/** Throws `CLOSED` when the coordinator is, `INVALID_CONFIG` when its nodes are of another ring. */
export function checkOpen(cluster: Cluster): void {
  if (!cluster.isClosed) {
    if (cluster.refusal !== undefined) throw cluster.refusal;
    return;
  }
  throw new CacheError(
    "CLOSED",
    "Cannot use the cache: it must be open: received a call after close",
  );
}
