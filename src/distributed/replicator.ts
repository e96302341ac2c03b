import { setImmediate } from "node:timers";
import { type Change, isWhole } from "./change.ts";
import { type Cluster, unusable } from "./cluster.ts";
import { copyKey, deadlineOptions, hasFollowed, SourceFailure, tell } from "./key-state.ts";
import type { Member } from "./member.ts";
import type { Owners } from "./topology.ts";

/** Strings that are told in one call. */
const BATCH_KEYS = 128;
/** Other changes that are told at the same time. */
const TOGETHER = 64;

/** Which of the owners have a write. */
export interface Acknowledgements {
  readonly applied: string[];
  readonly failed: string[];
  readonly causes: unknown[];
}

/**
 * Carries what a write left behind from the owner that acted to the others. A replica that cannot be told,
 * or answers with any error, is dirty for the key from then on.
 *
 * - At once (`sync`): each is told, and the write waits for all of them.
 * - Later (`async`): changes wait in the node's queue until the event loop turns, or many have
 *   come together; then all of them set out, and the next ones when these have arrived.
 */
export class Replicator {
  readonly #cluster: Cluster;
  /** The flight of a node, or the moment at which it takes off. */
  readonly #flights = new Map<Member, Promise<void>>();
  readonly #scheduled = new Set<Member>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  // ---- later

  /** Queues a change for the owners that did not act; those in `tried` have failed just now. */
  later(
    key: string,
    owners: Owners,
    change: Change,
    acting: Member,
    tried: readonly Member[],
  ): void {
    const { members } = owners;
    for (let i = 0; i < members.length; i++) {
      const member = members[i] as Member;
      if (member === acting) continue;
      const canFollow = isWhole(change) || member.isFreshFor(key, owners);
      const isWell = member.takesWrites && !member.owesClear;
      if (!isWell || !canFollow || tried.includes(member)) this.#missed(member, key);
      else {
        member.hold(key, change);
        this.#flySoon(member);
      }
    }
  }

  /** Sees to it that a node has what waits for it of a key; it may be dirty for the key afterwards. */
  async finish(member: Member, key: string): Promise<void> {
    while (member.behind.isQueued(key)) await this.#fly(member);
  }

  /** Waits until no change of a key is on its way to a node, so that none lands after what is written next. */
  async whenLanded(member: Member, key: string): Promise<void> {
    while (member.behind.isInFlight(key)) await this.#fly(member);
  }

  /** Waits for the changes that are on their way to a node. */
  async landed(member: Member): Promise<void> {
    await this.#flights.get(member);
  }

  /** Sees to it that nothing waits for a node any more. */
  async finishAll(member: Member): Promise<void> {
    while (member.behind.queued > 0) await this.#fly(member);
  }

  #flySoon(member: Member): void {
    if (this.#flights.has(member)) return;
    if (member.behind.waiting >= BATCH_KEYS) void this.#fly(member);
    else if (!this.#scheduled.has(member)) {
      this.#scheduled.add(member);
      const takeOff = (): void => {
        this.#scheduled.delete(member);
        if (member.behind.waiting > 0) void this.#fly(member);
      };
      // Virtual time stands still while the event loop turns.
      if (this.#cluster.config.isRealTime) setImmediate(takeOff);
      else void Promise.resolve().then(takeOff);
    }
  }

  /** Waits for the flight that is on its way, or takes off. Never rejects. */
  #fly(member: Member): Promise<void> {
    const flying = this.#flights.get(member);
    if (flying !== undefined) return flying;
    const flight = this.#carry(member, member.behind.takeOff()).finally(() => {
      this.#flights.delete(member);
      member.behind.land();
      if (member.behind.waiting > 0) this.#flySoon(member);
    });
    this.#flights.set(member, flight);
    return flight;
  }

  /** Tells all changes of a flight: strings with one deadline in a row together, others side by side. */
  async #carry(member: Member, changes: ReadonlyMap<string, Change>): Promise<void> {
    let strings: (readonly [string, string | Uint8Array])[] = [];
    let expiresAt = Infinity;
    let others: [string, Change][] = [];
    for (const [key, change] of changes) {
      if (change.type !== "string") {
        if (others.push([key, change]) < TOGETHER) continue;
        await this.#tellEach(member, others);
        others = [];
      } else {
        const isFull = strings.length === BATCH_KEYS;
        if (strings.length > 0 && (isFull || change.expiresAt !== expiresAt)) {
          await this.#tellStrings(member, strings, expiresAt);
          strings = [];
        }
        ({ expiresAt } = change);
        strings.push([key, change.value]);
      }
    }
    if (strings.length > 0) await this.#tellStrings(member, strings, expiresAt);
    await this.#tellEach(member, others);
  }

  /** Tells strings with one deadline in one call; one by one where that cannot be. */
  async #tellStrings(
    member: Member,
    strings: readonly (readonly [string, string | Uint8Array])[],
    expiresAt: number,
  ): Promise<void> {
    const options = deadlineOptions(this.#cluster, member, expiresAt);
    const isPlain =
      member.isTrusted && member.takesWrites && member.late.isEmpty && !member.owesClear;
    if (strings.length === 1 || options === undefined || !isPlain) {
      const changes = strings.map(([key, value]): [string, Change] => {
        return [key, { type: "string", value, expiresAt }];
      });
      return this.#tellEach(member, changes);
    }
    const { incarnation } = member;
    try {
      await member.write(null, (cache) => cache.setMany(strings, options));
      if (member.stale.size === 0 || !member.behind.isFlightCurrent) return;
      for (const [key] of strings) member.learn(key, incarnation);
    } catch {
      for (const [key] of strings) this.#missed(member, key);
    }
  }

  async #tellEach(member: Member, changes: readonly [string, Change][]): Promise<void> {
    await Promise.all(changes.map(([key, change]) => this.#tellOne(member, key, change)));
  }

  async #tellOne(member: Member, key: string, change: Change): Promise<void> {
    try {
      if (!member.isTrusted) await this.#cluster.trust(member);
      const late = member.late.when(key);
      if (late !== undefined) await late;
      // What it is told before it is cleared would be lost.
      if (!member.takesWrites || member.owesClear) throw unusable(member, "is not there");
      const { incarnation } = member;
      const answer = await tell(this.#cluster, member, key, change);
      if (!hasFollowed(change, answer)) member.miss(key);
      else if (isWhole(change) && member.behind.isFlightCurrent) member.learn(key, incarnation);
    } catch {
      this.#missed(member, key);
    }
  }

  // ---- now

  /** Tells the owners that did not act, and waits for them; those in `tried` have failed just now. */
  async now(
    key: string,
    owners: Owners,
    change: Change,
    acting: Member,
    tried: readonly Member[],
  ): Promise<Acknowledgements> {
    const result: Acknowledgements = { applied: [acting.id], failed: [], causes: [] };
    const { restarts } = acting;
    const telling: Promise<void>[] = [];
    for (const member of owners.members) {
      if (member === acting) continue;
      telling.push(this.#tellNow(key, owners, change, acting, restarts, member, tried, result));
    }
    await (telling.length === 1 ? telling[0] : Promise.all(telling));
    // It has forgotten meanwhile what the others were told, or has missed too much of other keys.
    if (acting.restarts === restarts) acting.acted(key, restarts);
    else if (result.applied.length > 1) acting.missAll(key);
    return result;
  }

  /** Tells one owner that is well. @returns whether it has the key now */
  async tellPlainly(member: Member, key: string, change: Change): Promise<boolean> {
    return hasFollowed(change, await tell(this.#cluster, member, key, change));
  }

  async #tellNow(
    key: string,
    owners: Owners,
    change: Change,
    acting: Member,
    restarts: number,
    member: Member,
    tried: readonly Member[],
    result: Acknowledgements,
  ): Promise<void> {
    try {
      if (member.isClearFor(key)) {
        const answer = await tell(this.#cluster, member, key, change);
        if (!hasFollowed(change, answer)) {
          await copyKey(this.#cluster, key, acting, member, { restarts });
        }
      } else {
        if (!member.takesWrites) throw unusable(member, `is ${member.health}`);
        if (tried.includes(member)) throw unusable(member, "has failed just now");
        await this.#catchUp(key, owners, change, acting, restarts, member);
      }
      result.applied.push(member.id);
    } catch (error) {
      this.#missed(member, key);
      result.failed.push(member.id);
      result.causes.push(error instanceof SourceFailure ? error.cause : error);
    }
  }

  /** Brings a replica up to date with a key: by the change, or by all of it where that is not enough. */
  async #catchUp(
    key: string,
    owners: Owners,
    change: Change,
    acting: Member,
    restarts: number,
    member: Member,
  ): Promise<void> {
    await this.#cluster.trust(member);
    await member.late.when(key);
    if (member.owesClear) throw unusable(member, "is to be cleared first");
    const { incarnation } = member;
    const canFollow = member.isFreshFor(key, owners) || isWhole(change);
    const isTold = canFollow && hasFollowed(change, await tell(this.#cluster, member, key, change));
    if (!isTold) await copyKey(this.#cluster, key, acting, member, { restarts });
    member.behind.forget(key);
    member.learn(key, incarnation);
  }

  #missed(member: Member, key: string): void {
    this.#cluster.counts.replicationFailures++;
    member.miss(key);
  }
}
