import { bestOf } from "./authority.ts";
import { type Cluster, unusable } from "./cluster.ts";
import { type HandOverPlan, planOf } from "./hand-over-plan.ts";
import { bytesOf, copyKey, copyOn, isPart, SourceFailure } from "./key-state.ts";
import type { Member } from "./member.ts";
import type { Pacer } from "./pacer.ts";
import type { Replicator } from "./replicator.ts";
import type { Move, Owners } from "./topology.ts";

/** What a change of the ring has done so far. */
export interface Moved {
  keys: number;
  bytes: number;
  /** Keys of which the only owner that was up to date is gone. */
  lost: number;
  /** Keys that were looked at. */
  seen: number;
}

/**
 * Hands single keys over from their former owners to the new ones: copied, switched, and only then
 * deleted at those that no longer own them; in the key's turn, so that no write comes in between.
 */
export class KeyMover {
  moved: Moved = { keys: 0, bytes: 0, lost: 0, seen: 0 };
  /** Whether the node that is removed will not answer any more. */
  isDead = false;
  /** Why a key could not be handed over to one of its new owners, the last time. */
  failure: unknown;
  readonly #cluster: Cluster;
  readonly #replicator: Replicator;
  readonly #plans = new WeakMap<Owners, Map<Owners, HandOverPlan | undefined>>();

  constructor(cluster: Cluster, replicator: Replicator) {
    this.#cluster = cluster;
    this.#replicator = replicator;
  }

  /** Begins to count anew. */
  reset(): void {
    this.moved = { keys: 0, bytes: 0, lost: 0, seen: 0 };
    this.failure = undefined;
  }

  /** Whether the node is the one that is removed, and will not answer any more. */
  isGone(member: Member): boolean {
    return this.isDead && this.#cluster.topology.move?.member === member;
  }

  /** {@link handOver} in the key's turn. */
  inTurn(key: string, pacer: Pacer | undefined): Promise<boolean> {
    return this.#cluster.locks.inTurn(key, () => this.handOver(key, pacer));
  }

  /**
   * Hands over a key that nobody else has a turn on, to one new owner, while everybody is well: most are
   * handed over so.
   * @returns whether it was done; if not, nothing has changed but what may be done again
   */
  async plainly(key: string, move: Move, pacer: Pacer): Promise<boolean> {
    const { locks, hasDisputes, topology } = this.#cluster;
    const plan = this.#planOf(move.from.ownersOf(key), move.to.ownersOf(key));
    if (plan === undefined || hasDisputes || !plan.isClearFor(key) || !locks.tryAcquire(key)) {
      return false;
    }
    const { source, target, leaver } = plan;
    try {
      const { restarts } = source.member;
      const state = await source.member.read(() => source.transfer.readState(key));
      if (state === undefined || source.member.restarts !== restarts) return false;
      if (isPart(state)) {
        const options = { restarts, breathe: pacer.breathe };
        const [from, to] = [source.member, target.member];
        const bytes = await copyOn(this.#cluster, key, state, from, to, options);
        if (bytes === undefined) return false;
        this.moved.bytes += bytes;
      } else {
        await target.member.write(key, () => target.transfer.writeState(key, state));
        this.moved.bytes += key.length + bytesOf(state);
      }
      this.moved.keys++;
      move.markMoved(key);
      topology.epoch++;
      if (leaver !== undefined) await this.#deleteAt(leaver, key);
      return true;
    } catch {
      // It is tried once more, with all that may be needed.
      return false;
    } finally {
      locks.release(key);
    }
  }

  /** How a key is handed over from one list of owners to another where that is plain. */
  #planOf(from: Owners, to: Owners): HandOverPlan | undefined {
    let plans = this.#plans.get(from);
    if (plans === undefined) {
      plans = new Map<Owners, HandOverPlan | undefined>();
      this.#plans.set(from, plans);
    }
    if (!plans.has(to)) plans.set(to, planOf(from, to));
    return plans.get(to);
  }

  /** Hands over a key whose turn is the caller's. @returns whether it stands with its new owners */
  async handOver(key: string, pacer: Pacer | undefined): Promise<boolean> {
    const { topology } = this.#cluster;
    const { move } = topology;
    if (move === undefined || !move.isPending(key)) return true;
    const from = move.from.ownersOf(key);
    const to = move.to.ownersOf(key);
    const source = (await this.#sourceOf(key, from)) ?? this.#survivorOf(key, from);
    if (source === undefined) return false;
    if (!(await this.#copyTo(key, source, to, pacer))) return false;
    if (this.#cluster.hasDisputes) this.#cluster.decide(key, from, source);
    move.markMoved(key);
    topology.epoch++;
    await this.#deleteFrom(key, from, to);
    return true;
  }

  /** The owner that has the key as it is; made ready. */
  async #sourceOf(key: string, from: Owners): Promise<Member | undefined> {
    const tried: Member[] = [];
    for (;;) {
      const source = this.#cluster.choose(key, from, tried);
      if (source === undefined) return undefined;
      tried.push(source);
      try {
        await this.#cluster.trust(source);
        const late = source.late.when(key);
        if (late !== undefined) await late;
        await this.#replicator.finish(source, key);
        if (source.isReachable && source.isFreshFor(key, from)) return source;
      } catch {
        // The next one is asked; why this one is not shows in its health.
      }
    }
  }

  /**
   * Sees to it that the new owners have the key; those that cannot be told are dirty for it.
   * @returns whether any of them has it
   */
  async #copyTo(
    key: string,
    source: Member,
    to: Owners,
    pacer: Pacer | undefined,
  ): Promise<boolean> {
    // What is waited for may take so long that the source is another incarnation afterwards.
    const { restarts, incarnation: sourceIncarnation } = source;
    let hasHolder = false;
    let hasCopy = false;
    let isThere = true;
    const told = new Map<Member, number>();
    const missed: Member[] = [];
    for (const member of to.members) {
      const isHolder =
        member === source || (this.#isOwnerNow(key, member) && this.#has(key, member));
      if (isHolder) {
        hasHolder = true;
        told.set(member, member === source ? sourceIncarnation : member.incarnation);
      } else {
        const { incarnation } = member;
        try {
          const bytes = await this.#copy(key, source, restarts, member, pacer);
          if (bytes >= 0) this.moved.bytes += bytes;
          else isThere = false;
          hasHolder = true;
          hasCopy = true;
          told.set(member, incarnation);
        } catch (error) {
          missed.push(member);
          this.failure = error instanceof SourceFailure ? error.cause : error;
          if (error instanceof SourceFailure) {
            hasHolder = false;
            break;
          }
        }
      }
    }
    // Who is another incarnation by now has lost it again, and was compared while the key was not yet its own.
    for (const [member, incarnation] of told) {
      if (member.incarnation === incarnation) continue;
      told.delete(member);
      missed.push(member);
    }
    if (told.size === 0) hasHolder = false;
    // Whoever is only taken for a holder may have lost it: it is asked before others give theirs away.
    if (hasHolder && !hasCopy) hasHolder = await this.#isHeldBy([...told.keys()], key);
    if (!hasHolder) {
      // The key stays where it is: what came of it to others is not theirs.
      for (const member of [...told.keys(), ...missed]) {
        if (!this.#isOwnerNow(key, member)) member.miss(key);
      }
      return false;
    }
    // Among the new owners it may be one that lacks other keys.
    for (const [member, incarnation] of told) member.learn(key, incarnation);
    for (const member of missed) {
      this.#cluster.counts.replicationFailures++;
      // A new owner has nothing of it.
      if (this.#isOwnerNow(key, member)) member.miss(key);
      else member.missAll(key);
    }
    if (isThere) this.moved.keys++;
    return true;
  }

  async #copy(
    key: string,
    source: Member,
    restarts: number,
    member: Member,
    pacer: Pacer | undefined,
  ): Promise<number> {
    if (!member.takesWrites) throw unusable(member, `is ${member.health}`);
    await this.#cluster.trust(member);
    // In this order: what is on its way may be given up.
    await this.#replicator.whenLanded(member, key);
    const late = member.late.when(key);
    if (late !== undefined) await late;
    if (member.owesClear) throw unusable(member, "is to be cleared first");
    const bytes = await copyKey(this.#cluster, key, source, member, {
      restarts,
      breathe: pacer?.breathe,
    });
    member.behind.forget(key);
    return bytes;
  }

  /** Whether one of the nodes answers, as the incarnation that it is taken for. */
  async #isHeldBy(holders: readonly Member[], key: string): Promise<boolean> {
    for (const member of holders) {
      const { restarts } = member;
      try {
        await member.read((cache) => cache.exists(key));
        if (member.restarts === restarts) return true;
      } catch (error) {
        this.failure = error;
      }
    }
    return false;
  }

  #isOwnerNow(key: string, member: Member): boolean {
    return this.#cluster.topology.ownersOf(key).includes(member);
  }

  /** Whether an owner has the key as it is, or is about to be told. */
  #has(key: string, member: Member): boolean {
    return member.takesWrites && member.isFreshFor(key, this.#cluster.topology.ownersOf(key));
  }

  /** Deletes a key that was handed over at those that no longer own it; who cannot be told now, later. */
  async #deleteFrom(key: string, from: Owners, to: Owners): Promise<void> {
    for (const member of from.members) if (!to.includes(member)) await this.#deleteAt(member, key);
  }

  async #deleteAt(member: Member, key: string): Promise<void> {
    try {
      if (!member.takesWrites) throw new Error(`${member.id} is down`);
      if (member.behind.isInFlight(key)) await this.#replicator.whenLanded(member, key);
      member.behind.forget(key);
      await member.write(key, (cache) => cache.delete(key));
      if (member.late.when(key) !== undefined) member.miss(key);
    } catch {
      member.miss(key);
    }
  }

  /**
   * The owner to go by where the only one that was up to date is gone for good: what it missed is
   * lost, and what it has is kept. Undefined: somebody who knows better may still be back.
   */
  #survivorOf(key: string, from: Owners): Member | undefined {
    const isFresh = (member: Member): boolean => member.isFreshFor(key, from);
    if (!this.isDead || !from.members.every((member) => this.isGone(member) || !isFresh(member))) {
      return undefined;
    }
    const left = from.members.filter((member) => !this.isGone(member));
    const survivor = bestOf(left, from, key);
    // Who cannot be asked now may have more than those that can.
    if (survivor === undefined || !left.every((member) => member.takesWrites)) return undefined;
    survivor.behind.forget(key);
    this.moved.lost++;
    return survivor;
  }
}
