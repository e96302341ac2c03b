import { encodeValue } from "../cache/inputs.ts";
import { compileGlob } from "../engine/glob.ts";
import { toByteString } from "../structures/byte-string.ts";
import { type Cluster, checkOpen, unusable } from "./cluster.ts";
import {
  allOwnersFailed,
  closedMeanwhile,
  isNodeFailure,
  isRefusal,
  notUsable,
  partialWrite,
} from "./failure.ts";
import { SourceFailure } from "./key-state.ts";
import type { Member } from "./member.ts";
import { clearNode, listKeys } from "./listing.ts";
import type { Reader } from "./reader.ts";
import type { Replicator } from "./replicator.ts";
import type { Owners } from "./topology.ts";

/**
 * A node that failed so often in one listing is not asked again in it: it may be well between its
 * failures, and would be chosen for ever.
 */
const LISTING_FAILURES_MAX = 3;

/** Calls that concern every key on every node. */
export class WholeCache {
  readonly #cluster: Cluster;
  readonly #replicator: Replicator;
  readonly #reader: Reader;

  constructor(cluster: Cluster, replicator: Replicator, reader: Reader) {
    this.#cluster = cluster;
    this.#reader = reader;
    this.#replicator = replicator;
  }

  /**
   * Removes all keys, after every call so far and before every later one. A node that cannot be told
   * is cleared before it serves again. It is done when each key has an owner (with `sync`: a quorum) that
   * was cleared. @throws {CacheError} `ALL_OWNERS_FAILED`, `PARTIAL_WRITE`
   */
  async clear(signal: AbortSignal | undefined): Promise<void> {
    const { locks } = this.#cluster;
    const turn = locks.acquireExclusive();
    if (turn !== undefined) await turn;
    try {
      signal?.throwIfAborted();
      await this.#clearAll();
    } finally {
      locks.releaseExclusive();
    }
  }

  async #clearAll(): Promise<void> {
    const { topology, config } = this.#cluster;
    const causes: unknown[] = [];
    const cleared = new Set<Member>();
    const members = [...topology.members.values()];
    let isBegun = false;
    await Promise.all(
      members.map(async (member) => {
        try {
          await this.#prepareToClear(member);
        } catch (error) {
          isBegun ||= !isRefusal(error);
          causes.push(error);
          return;
        }
        try {
          await this.#clearOne(member);
          cleared.add(member);
        } catch (error) {
          const cause = error instanceof SourceFailure ? error.cause : error;
          // In several calls it is begun, whatever the last of them came to.
          isBegun ||= member.isShared || !isRefusal(cause);
          causes.push(cause);
        }
      }),
    );
    if (this.#cluster.refusal !== undefined) throw this.#cluster.refusal;
    // Where nobody was sure to be reached nothing has happened; else it is seen to its end.
    if (cleared.size === 0 && !isBegun) throw allOwnersFailed(undefined, causes);
    for (const member of members) {
      if (!cleared.has(member)) {
        member.missClear();
        this.#cluster.counts.replicationFailures++;
      }
    }
    this.#cluster.forgetDisputes();
    topology.move?.clear();
    topology.epoch++;
    if (cleared.size === 0) throw allOwnersFailed(undefined, causes);
    const isDone = (owners: Owners): boolean =>
      owners.members.filter((member) => cleared.has(member)).length >= config.writeQuorum;
    if ([...topology.lists()].every(isDone)) return;
    const [applied, failed] = [true, false].map((has) =>
      members.filter((member) => cleared.has(member) === has).map(({ id }) => id),
    );
    throw partialWrite(applied ?? [], failed ?? [], causes);
  }

  async #prepareToClear(member: Member): Promise<void> {
    if (!member.takesWrites) throw unusable(member, `is ${member.health}`);
    await this.#cluster.trust(member);
    // What waits for it, or is on its way, is over; in this order, since the former may end as the latter.
    await this.#replicator.finishAll(member);
    await member.late.whenAny();
    await this.#cluster.trust(member);
  }

  async #clearOne(member: Member): Promise<void> {
    await clearNode(member);
    member.behind.clear();
    member.owesClear = false;
    member.hasStrangers = false;
    // Nothing is left of which it could have missed anything.
    if (member.isReachable) for (const owners of member.stale) member.stale.delete(owners);
  }

  /**
   * Every key once, while nothing changes. Each list of owners is told by one of them; of what that
   * one is behind with, whoever acts for the key is asked. Where a node fails, another one tells what it was
   * to tell; where keys moved meanwhile, those are looked through again: they may come twice.
   * @throws {CacheError} `ALL_OWNERS_FAILED`, `CLOSED`, and what a node answers that cannot list
   */
  async *keys(pattern: string, signal: AbortSignal | undefined): AsyncGenerator<string> {
    const { topology } = this.#cluster;
    const matches = compileGlob(encodeValue(pattern));
    const before = topology.placement;
    let lists: ReadonlySet<Owners> = new Set(topology.lists());
    let isMeant: (key: string) => boolean = isAny;
    /** What nodes told before they failed. */
    let toldInPart = new Set<string>();
    const failures: Failures = new Map();
    while (lists.size > 0) {
      checkOpen(this.#cluster);
      const { epoch, move } = topology;
      const untold = new Set<Owners>();
      const unsure = new Set<string>();
      const toldBefore = toldInPart;
      toldInPart = new Set();
      for (const [member, { told, incarnation }] of this.#tellers(lists, failures)) {
        for (const key of member.behind.keys()) {
          if (told.has(topology.ownersOf(key)) && matches(toByteString(key))) unsure.add(key);
        }
        const toldByIt = new Set<string>();
        try {
          for await (const key of this.#listOne(member, incarnation, pattern, signal)) {
            if (!told.has(topology.ownersOf(key)) || !isMeant(key)) continue;
            if (member.behind.has(key)) unsure.add(key);
            else if (!unsure.has(key) && !toldBefore.has(key)) {
              toldByIt.add(key);
              yield key;
            }
          }
        } catch (error) {
          this.#noteFailure(member, error, failures);
          for (const owners of told) untold.add(owners);
          for (const key of toldByIt) toldInPart.add(key);
        }
      }
      for await (const key of this.#tellUnsure(unsure, lists, signal)) {
        if (toldBefore.has(key)) continue;
        if (untold.size > 0) toldInPart.add(key);
        yield key;
      }
      lists = untold;
      const isFirst = isMeant === isAny;
      if (topology.epoch !== epoch && (isFirst || move !== topology.move)) {
        lists = new Set(topology.lists());
        isMeant = (key) => {
          const owners = topology.ownersOf(key);
          const former = before.ownersOf(key);
          return owners !== former || untold.has(owners) || untold.has(former);
        };
      }
    }
  }

  /** Another one is to tell what this one was to. @throws what no other one can make up for */
  #noteFailure(member: Member, error: unknown, failures: Failures): void {
    if (!(error instanceof SourceFailure)) throw error;
    const { cause } = error;
    if (this.#cluster.isClosed) throw closedMeanwhile(cause);
    if (!isNodeFailure(cause)) throw cause;
    const causes = failures.get(member);
    if (causes === undefined) failures.set(member, [cause]);
    else causes.push(cause);
  }

  /** Who tells the keys of which lists of owners. @throws {CacheError} `ALL_OWNERS_FAILED` */
  #tellers(lists: ReadonlySet<Owners>, failures: Failures): Map<Member, Telling> {
    const tellers = new Map<Member, Telling>();
    const hasHadEnough = (member: Member): boolean =>
      (failures.get(member)?.length ?? 0) >= LISTING_FAILURES_MAX;
    for (const owners of lists) {
      const usable = owners.members.filter(
        (member) => member.isReachable && !member.isStaleFor(owners) && !hasHadEnough(member),
      );
      const teller = usable.find(({ health }) => health === "healthy") ?? usable[0];
      if (teller === undefined) {
        const causes = owners.members.flatMap((member) => failures.get(member) ?? []);
        const reasons = this.#cluster.reasons(owners, owners.members.filter(hasHadEnough));
        throw allOwnersFailed(undefined, [...causes, ...reasons]);
      }
      const { incarnation } = teller;
      const telling = tellers.get(teller) ?? { told: new Set(), incarnation };
      telling.told.add(owners);
      tellers.set(teller, telling);
    }
    return tellers;
  }

  /** Keys that the node which was to tell them is behind with. */
  async *#tellUnsure(
    keys: ReadonlySet<string>,
    lists: ReadonlySet<Owners>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<string> {
    for (const key of keys) {
      signal?.throwIfAborted();
      if (!lists.has(this.#cluster.topology.ownersOf(key))) continue;
      if (await this.#reader.read(key, (cache) => cache.exists(key))) yield key;
    }
  }

  /** @throws {SourceFailure} also where the node is no longer the incarnation that was meant */
  async *#listOne(
    member: Member,
    incarnation: number,
    pattern: string,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<string> {
    await this.#trustToList(member);
    for await (const key of listKeys(member, pattern)) {
      signal?.throwIfAborted();
      checkOpen(this.#cluster);
      yield key;
      signal?.throwIfAborted();
      checkOpen(this.#cluster);
    }
    await this.#trustToList(member);
    if (member.incarnation === incarnation) return;
    throw new SourceFailure(notUsable(member.id, "restarted"));
  }

  async #trustToList(member: Member): Promise<void> {
    try {
      await this.#cluster.trust(member);
    } catch (error) {
      throw new SourceFailure(error);
    }
  }
}

/** How nodes failed in one listing. */
type Failures = Map<Member, unknown[]>;

/** What one node tells of: the lists of owners, as the incarnation that it was when that was decided. */
interface Telling {
  readonly told: Set<Owners>;
  readonly incarnation: number;
}

function isAny(): boolean {
  return true;
}
