import type { CallOptions } from "../cache/contract.ts";
import type { KeyState } from "../cache/state-transfer.ts";
import { canBeRead } from "./authority.ts";
import { type Cluster, checkOpen } from "./cluster.ts";
import { closedMeanwhile, isNodeFailure } from "./failure.ts";
import { copyKey, readState, SourceFailure } from "./key-state.ts";
import type { Member } from "./member.ts";
import { checkRate, Pacer } from "./pacer.ts";
import { inLanes } from "./lanes.ts";
import { listKeys } from "./listing.ts";
import type { Replicator } from "./replicator.ts";

/** Options of `repair`. */
export interface RepairOptions extends CallOptions {
  /** How many keys may be looked at in a second. Default: as many as can be. */
  maxKeysPerSecond?: number | undefined;
}

/** What a repair found. */
export interface RepairReport {
  /** Keys that were compared. */
  readonly checkedKeys: number;
  /** Keys that differed on some replica, and do not any more. */
  readonly repairedKeys: number;
  /** Keys of which some owner could not be asked or told; each is dirty for it. */
  readonly unreachableKeys: number;
  /** How long it took, in milliseconds. */
  readonly durationMs: number;
}

/** What a repair has found so far. */
interface Findings {
  checkedKeys: number;
  repairedKeys: number;
  unreachableKeys: number;
  /** Nodes that held nothing when they were met. */
  readonly empty: Set<Member>;
  /** Nodes that held something then. */
  readonly filled: Set<Member>;
}

/** Two owners of a key. */
interface Pair {
  readonly acting: Member;
  /** The one that is to hold what the other does. */
  readonly member: Member;
  /** Whether the one that acts has everything of the key, as when it was chosen. */
  readonly isRight: () => boolean;
}

/** Deadlines that were turned from remaining times differ by what a call takes. */
const DEADLINE_TOLERANCE_MS = 1000;

/**
 * Compares each key of every node with the owner that acts for it, and makes the other owners hold what
 * that one does. This is for what a coordinator cannot know: that another one, or one before it,
 * was interrupted, or that somebody wrote to a node directly. Each key in its turn, under load.
 *
 * A node that held nothing when the coordinator met it, while another owner of the key held something, has lost
 * what it had: a key that it lacks was not deleted, and comes back from the other one. That is over as soon as
 * one repair has reached all.
 */
export class Repair {
  readonly #cluster: Cluster;
  readonly #replicator: Replicator;

  constructor(cluster: Cluster, replicator: Replicator) {
    this.#cluster = cluster;
    this.#replicator = replicator;
  }

  async run(options: RepairOptions): Promise<RepairReport> {
    const startedAt = this.#cluster.now();
    const findings: Findings = {
      checkedKeys: 0,
      repairedKeys: 0,
      unreachableKeys: 0,
      empty: new Set(),
      filled: new Set(),
    };
    const pacer = new Pacer(this.#cluster.config, checkRate(options.maxKeysPerSecond));
    const all = [...this.#cluster.topology.members.values()];
    const members = all.filter(({ isReachable }) => isReachable);
    for (const member of members) await this.#askWhatItHeld(member, findings);
    for (const member of members) {
      checkOpen(this.#cluster);
      try {
        await inLanes(this.#cluster.lanes, async (lanes) => {
          for await (const key of listKeys(member)) {
            options.signal?.throwIfAborted();
            checkOpen(this.#cluster);
            const room = lanes.begin(() => this.#repairInTurn(key, member, findings));
            if (room !== undefined) await room;
            const pause = pacer.done();
            if (pause !== undefined) await pause;
          }
        });
      } catch (error) {
        if (!(error instanceof SourceFailure)) throw error;
        if (this.#cluster.isClosed) throw closedMeanwhile(error.cause);
        findings.unreachableKeys++;
      }
    }
    const { checkedKeys, repairedKeys, unreachableKeys } = findings;
    if (unreachableKeys === 0 && members.length === all.length) {
      for (const member of all) member.emptyAtFirst = undefined;
    }
    const durationMs = this.#cluster.now() - startedAt;
    return { checkedKeys, repairedKeys, unreachableKeys, durationMs };
  }

  async #askWhatItHeld(member: Member, { empty, filled }: Findings): Promise<void> {
    try {
      await this.#cluster.trust(member);
    } catch {
      // Its keys show that it cannot be reached.
      return;
    }
    const wasEmpty = await member.emptyAtFirst;
    if (wasEmpty !== undefined) (wasEmpty ? empty : filled).add(member);
  }

  async #repairInTurn(key: string, lister: Member, findings: Findings): Promise<void> {
    const { topology, locks } = this.#cluster;
    if (!topology.ownersOf(key).includes(lister)) return;
    await locks.inTurn(key, () => this.#repairReplicas(key, lister, findings));
  }

  async #repairReplicas(key: string, lister: Member, findings: Findings): Promise<void> {
    try {
      const owners = this.#cluster.topology.ownersOf(key);
      const acting = this.#cluster.choose(key, owners, []);
      if (acting === undefined) {
        findings.unreachableKeys++;
        return;
      }
      await this.#cluster.trust(acting);
      const { restarts } = acting;
      // Whoever restarts meanwhile has lost the key: the others are not to be made like it.
      const isRight = (): boolean => acting.restarts === restarts && acting.isFreshFor(key, owners);
      // A key that several owners list is looked at once, by the one that acts for it.
      if (lister !== acting && (await this.#holds(acting, key))) return;
      findings.checkedKeys++;
      const hasLost = findings.empty.has(acting) && findings.filled.has(lister);
      let isRepaired = hasLost && (await this.#giveBack(key, lister, acting));
      for (const member of owners.members) {
        if (member === acting) continue;
        const pair = { acting, member, isRight };
        isRepaired = (await this.#repair(key, pair, findings)) || isRepaired;
      }
      if (isRepaired) findings.repairedKeys++;
    } catch (error) {
      if (!isNodeFailure(error)) throw error;
      findings.unreachableKeys++;
    }
  }

  async #holds(acting: Member, key: string): Promise<boolean> {
    await this.#replicator.finish(acting, key);
    return acting.read((cache) => cache.exists(key));
  }

  /** Gives a key to the owner that acts for it and has lost it. @returns whether it has it now */
  async #giveBack(key: string, lister: Member, acting: Member): Promise<boolean> {
    const owners = this.#cluster.topology.ownersOf(key);
    await this.#cluster.trust(lister);
    await this.#replicator.finish(lister, key);
    // What was done since the coordinator is there, the lister was told, or is known to lack.
    const isRight = lister.isFreshFor(key, owners) && canBeRead(lister, key);
    if (!isRight || !canBeRead(acting, key)) return false;
    await copyKey(this.#cluster, key, lister, acting);
    return true;
  }

  /** @returns whether the node held something else */
  async #repair(
    key: string,
    { acting, member, isRight }: Pair,
    findings: Findings,
  ): Promise<boolean> {
    const { restarts } = acting;
    try {
      if (!member.takesWrites || member.owesClear) throw new Error("not now");
      await this.#cluster.trust(acting);
      await this.#cluster.trust(member);
      await this.#replicator.finish(acting, key);
      await this.#replicator.finish(member, key);
      const isOut = member.late.when(key) !== undefined || acting.late.when(key) !== undefined;
      if (!isRight() || isOut) throw new Error("not now");
      const isEqual = await this.#isEqual(key, acting, member);
      if (!isRight()) throw new Error("not any more");
      if (isEqual) {
        member.behind.forget(key);
        return false;
      }
      await copyKey(this.#cluster, key, acting, member, { restarts });
      member.behind.forget(key);
      return true;
    } catch {
      if (isRight()) member.miss(key);
      findings.unreachableKeys++;
      return false;
    }
  }

  async #isEqual(key: string, a: Member, b: Member): Promise<boolean> {
    let cursor = 0;
    const isExact = a.transfer !== undefined && b.transfer !== undefined;
    const tolerance = isExact ? 0 : DEADLINE_TOLERANCE_MS;
    do {
      const [one, other] = await Promise.all([
        readState(this.#cluster, a, key, cursor),
        readState(this.#cluster, b, key, cursor),
      ]);
      if (one === undefined || other === undefined) return one === other;
      if (!areEqual(one, other, tolerance)) return false;
      cursor = one.type === "string" ? 0 : one.cursor;
    } while (cursor !== 0);
    return true;
  }
}

function areEqual(a: KeyState, b: KeyState, tolerance: number): boolean {
  // Two keys that never expire are equally far from their end.
  if (a.expiresAt !== b.expiresAt && !(Math.abs(a.expiresAt - b.expiresAt) <= tolerance)) {
    return false;
  }
  if (a.type === "string") return b.type === "string" && a.value.equals(b.value);
  if (b.type === "string" || a.size !== b.size || a.cursor !== b.cursor) return false;
  return a.members.every(({ member, score }, i) => {
    const other = b.members[i];
    return other?.member === member && Object.is(other.score, score);
  });
}
