import { authorityOver, canBeRead } from "./authority.ts";
import type { Cluster } from "./cluster.ts";
import { isNodeFailure, isPartlyDone } from "./failure.ts";
import { copyKey, SourceFailure } from "./key-state.ts";
import { inLanes } from "./lanes.ts";
import { clearNode, listKeys } from "./listing.ts";
import type { Member } from "./member.ts";
import { Pacer } from "./pacer.ts";
import type { Replicator } from "./replicator.ts";
import type { Owners } from "./topology.ts";

/** What became of the attempt to bring one key up to date. */
type Outcome = "done" | "waits";

/** The first pause before a node is told again what it could not be told, in milliseconds; it doubles. */
const RETRY_MS = 100;
const RETRY_MS_MAX = 10_000;
/** How often it is looked whether a disputed key can be decided, in milliseconds. */
const DISPUTE_MS = 1000;

/**
 * Resync before serve: brings a node up to date with what it missed.
 *
 * A node that was away and is the same incarnation is told its dirty keys. One that restarted, was
 * never seen before or missed more than was remembered is *stale* for whole lists of owners: for each, every
 * key is compared with an owner that is fresh, copied where that one has it and deleted where it has
 * not. Where no fresh owner can be reached the list waits, and the rest serves.
 *
 * Where no owner at all is fresh, one of them has to be right: the one that is likeliest to have what was
 * acknowledged, so that nothing is lost that anybody still has. A list with one owner has nobody to
 * compare with: nothing is deleted.
 */
export class Recovery {
  readonly #cluster: Cluster;
  readonly #replicator: Replicator;
  readonly #running = new Map<Member, Promise<void>>();
  readonly #again = new Set<Member>();
  #disputeTimer: unknown;
  /** Nodes that were removed. */
  readonly #gone = new WeakSet<Member>();
  readonly #retries = new Map<Member, { timer: unknown; delayMs: number }>();

  constructor(cluster: Cluster, replicator: Replicator) {
    this.#cluster = cluster;
    this.#replicator = replicator;
  }

  /** The node is not what it was, or missed too much: it is stale for all that it owns with others. */
  distrust(member: Member): void {
    member.incarnation++;
    for (const owners of this.#sharedLists(member)) member.stale.add(owners);
    if (member.stale.size === 0) {
      member.stale.clear();
      return;
    }
    if (member.isReachable) member.changeHealth("syncing", undefined);
    if (member.takesWrites) void this.begin(member);
  }

  /** Brings a node up to date, now or soon after the attempt that is under way. */
  begin(member: Member): Promise<void> {
    if (this.#gone.has(member)) return Promise.resolve();
    const running = this.#running.get(member);
    if (running !== undefined) {
      this.#again.add(member);
      return running;
    }
    const run = this.#run(member).finally(() => {
      this.#running.delete(member);
      this.#retryLater(member, this.#again.delete(member));
    });
    this.#running.set(member, run);
    return run;
  }

  /** The ring has changed: who may hold keys that are no longer its own looks for them. */
  ringChanged(): void {
    for (const member of this.#cluster.topology.members.values()) {
      if (member.takesWrites && member.hasStrangers) void this.begin(member);
    }
  }

  /** A node can be asked again: whoever waited for that may go on. */
  goOn(asked: Member): void {
    this.settleDisputes();
    for (const member of this.#cluster.topology.members.values()) {
      if (member !== asked && member.takesWrites && isBehind(member)) void this.begin(member);
    }
  }

  /** Decides of which keys nobody knows who has the last write, as soon as an owner can be asked. */
  settleDisputes(): void {
    const { config, isOver } = this.#cluster;
    if (isOver || this.#disputeTimer !== undefined || !this.#cluster.hasDisputes) return;
    this.#disputeTimer = config.timers.setTimeout(() => {
      this.#disputeTimer = undefined;
      void this.#settleDisputes().then(() => this.settleDisputes());
    }, DISPUTE_MS);
  }

  async #settleDisputes(): Promise<void> {
    for (const key of this.#cluster.disputedKeys()) {
      await this.#cluster.locks.inTurn(key, async () => {
        const owners = this.#cluster.topology.ownersOf(key);
        const acting = this.#cluster.choose(key, owners, []);
        if (acting === undefined || !canBeRead(acting, key)) return;
        this.#cluster.decide(key, owners, acting);
      });
    }
  }

  stop(): void {
    if (this.#disputeTimer !== undefined) {
      this.#cluster.config.timers.clearTimeout(this.#disputeTimer as never);
    }
    for (const { timer } of this.#retries.values()) {
      this.#cluster.config.timers.clearTimeout(timer as never);
    }
    this.#retries.clear();
  }

  async #run(member: Member): Promise<void> {
    const { id } = member;
    const { listeners } = this.#cluster;
    const isResync = member.health === "syncing";
    const count = { keys: 0 };
    if (isResync) listeners.tell("resync", { id, phase: "start", keys: 0 });
    try {
      await this.#bringBack(member, count);
      if (member.health === "syncing") member.changeHealth("healthy", undefined);
      if (isResync) listeners.tell("resync", { id, phase: "end", keys: count.keys });
    } catch (error) {
      if (member.health === "syncing") member.changeHealth("unhealthy", error);
      if (isResync) listeners.tell("resync", { id, phase: "failed", keys: count.keys });
    }
  }

  async #bringBack(member: Member, count: { keys: number }): Promise<void> {
    let incarnation: number;
    do {
      await member.late.whenAll();
      await this.#cluster.trust(member);
      incarnation = member.incarnation;
      if (member.owesClear) await this.#clear(member);
      await this.#reconcileStale(member, count);
      await this.#tellDirtyKeys(member, count);
      // A call that was given up may still create one.
      if (member.hasStrangers && member.late.isEmpty) await this.#removeStrangers(member);
      await this.#cluster.trust(member);
    } while (member.incarnation !== incarnation);
  }

  /** The lists of owners in which the node has somebody to compare with. */
  *#sharedLists(member: Member): IterableIterator<Owners> {
    for (const owners of this.#cluster.topology.lists()) {
      if (owners.members.length > 1 && owners.includes(member)) yield owners;
    }
  }

  /** It missed that everything was cleared: what it has is gone, what was written since comes back. */
  async #clear(member: Member): Promise<void> {
    for (const owners of this.#sharedLists(member)) member.stale.add(owners);
    member.stale.forgetAll();
    // What is on its way, or was given up, must not land on what is empty then.
    await this.#replicator.finishAll(member);
    await member.late.whenAny();
    await clearNode(member);
    member.owesClear = false;
    member.stale.cameBackEmpty = member.stale.size > 0;
  }

  // ---- whole lists of owners

  async #reconcileStale(member: Member, count: { keys: number }): Promise<void> {
    const failed = new Set<Member>();
    for (;;) {
      // Looked up anew each time: who was right may have restarted while others were compared with.
      const next = [...this.#sourcesOf(member)].find(([source]) => !failed.has(source));
      if (next === undefined) break;
      const [source, lists] = next;
      const { incarnation } = member;
      const sourceIncarnation = source.incarnation;
      const isComplete =
        source === member
          ? await this.#adopt(member, lists, count)
          : await this.#reconcile(member, source, lists, count);
      await this.#cluster.trust(member);
      // What restarted meanwhile has lost what was compared, or was compared with.
      if (!isComplete || source.incarnation !== sourceIncarnation) failed.add(source);
      else if (member.incarnation !== incarnation) return;
      else {
        for (const owners of lists) {
          // Meanwhile another one may have become right about what was adopted: it is compared with next.
          const isRight = source !== member || authorityOver(member, owners, undefined) === member;
          if (isRight) member.stale.delete(owners);
        }
      }
    }
    if (member.stale.size === 0) member.stale.clear();
  }

  /** The lists that can be reconciled, by the node to compare with: itself where it is right. */
  #sourcesOf(member: Member): Map<Member, Set<Owners>> {
    const bySource = new Map<Member, Set<Owners>>();
    for (const owners of member.stale) {
      const source = authorityOver(member, owners, undefined);
      if (source !== undefined) {
        const lists = bySource.get(source) ?? new Set();
        bySource.set(source, lists.add(owners));
      }
    }
    return bySource;
  }

  /**
   * Nobody knows more of some lists than the node itself, but for what others were told of single keys:
   * these it is told. @returns whether it is right about the lists now
   */
  async #adopt(
    member: Member,
    lists: ReadonlySet<Owners>,
    count: { keys: number },
  ): Promise<boolean> {
    const { topology, lanes, locks } = this.#cluster;
    const pacer = new Pacer(this.#cluster.config, Infinity);
    let isRight = true;
    const adopt = async (key: string): Promise<void> => {
      const outcome = await locks.inTurn(key, () => this.#catchUp(member, key));
      if (outcome === "done") count.keys++;
      else if (member.behind.hasRoomFor(key)) member.doubt(key);
      else isRight = false;
    };
    await inLanes(lanes, async (inTurns) => {
      for (const owners of lists) {
        for (const other of owners.members) {
          if (other === member) continue;
          for (const key of other.knownKeys()) {
            const pause = pacer.done();
            if (pause !== undefined) await pause;
            if (topology.ownersOf(key) !== owners || member.knows(key)) continue;
            const room = inTurns.begin(() => adopt(key));
            if (room !== undefined) await room;
            if (!isRight) return;
          }
        }
      }
    });
    return isRight;
  }

  /** Makes the node hold of some lists what the source does. @returns whether the source went along */
  async #reconcile(
    member: Member,
    source: Member,
    lists: ReadonlySet<Owners>,
    count: { keys: number },
  ): Promise<boolean> {
    const { topology, locks } = this.#cluster;
    const pacer = new Pacer(this.#cluster.config, Infinity);
    const isMeant = (key: string): boolean => lists.has(topology.ownersOf(key));
    const bring = async (key: string): Promise<void> => {
      if (!isMeant(key)) return;
      // The node was told of the key by one that is gone, and the source was not.
      if (member.knows(key) && !source.isFreshFor(key, topology.ownersOf(key))) source.doubt(key);
      if (await locks.inTurn(key, () => this.#bring(member, key))) count.keys++;
    };
    const elected = [...lists].filter((owners) => source.isStaleFor(owners));
    // A change that set out before may land on what is listed afterwards.
    await this.#replicator.landed(member);
    try {
      // What the source itself is behind with it may not list yet, or list although it is gone.
      // A write under way may have taken away what will be done elsewhere, if the source cannot say what it did.
      const arrears = new Set([...source.behind.keys(), ...locks.keys()]);
      await this.#forEach(listKeys(source), pacer, bring);
      for (const key of [...source.behind.keys(), ...locks.keys()]) arrears.add(key);
      // Calls that were given up may still create what nobody lists now.
      for (const key of member.late.keys()) arrears.add(key);
      // One that is not fresh lacks what others were told of since.
      for (const owners of elected) for (const key of knownKeys(owners)) arrears.add(key);
      await this.#forEach(arrears, pacer, bring);
    } catch (error) {
      if (error instanceof SourceFailure) return false;
      throw error;
    }
    try {
      await this.#forEach(listKeys(member), pacer, (key) =>
        locks.inTurn(key, async () => {
          if (isMeant(key)) await this.#removeUnlessHeld(member, key, source);
        }),
      );
    } catch (error) {
      if (!(error instanceof SourceFailure)) throw error;
      // Either of the two: the node's own failure ends the attempt.
      if (!member.takesWrites || !member.isTrusted) throw error.cause;
      return false;
    }
    return canBeRead(source);
  }

  /** Keys that the source listed were brought already; what it has not is gone, unless somebody knows better. */
  async #removeUnlessHeld(member: Member, key: string, source: Member): Promise<void> {
    if (member.behind.isDirty(key) || source.behind.has(key)) {
      await this.#bring(member, key);
      return;
    }
    let isHeld: boolean;
    try {
      isHeld = await source.read((cache) => cache.exists(key));
    } catch (error) {
      throw new SourceFailure(error);
    }
    if (isHeld) return;
    await this.#replicator.finish(member, key);
    // It was told of the key by one that is gone, and the source was not.
    if (!member.knows(key)) await this.#bring(member, key);
    else if (await member.read((cache) => cache.exists(key))) source.missAll(key);
  }

  /** Brings one key up to date, or leaves it dirty until that can be done. @returns whether it was */
  async #bring(member: Member, key: string): Promise<boolean> {
    const owners = this.#cluster.topology.ownersOf(key);
    if (owners.includes(member) && member.isFreshFor(key, owners)) return true;
    if ((await this.#catchUp(member, key)) === "done") return true;
    member.doubt(key);
    return false;
  }

  // ---- dirty keys

  async #tellDirtyKeys(member: Member, count: { keys: number }): Promise<void> {
    const { locks } = this.#cluster;
    const pacer = new Pacer(this.#cluster.config, Infinity);
    let told: number;
    do {
      told = 0;
      await this.#forEach(member.behind.dirtyKeys(), pacer, async (key) => {
        if (member.late.when(key) !== undefined) return;
        const outcome = await locks.inTurn(key, () => this.#bringUpToDate(member, key));
        if (outcome === "done") told++;
      });
      count.keys += told;
    } while (told > 0 && member.behind.dirty > 0);
  }

  /**
   * Makes a node hold what the key's fresh owner does, nothing where it does not own the key.
   * The key's turn is the caller's. @throws the node's failure, not that of the owner that was asked
   */
  async #bringUpToDate(member: Member, key: string): Promise<Outcome> {
    if (!member.behind.isDirty(key)) return "done";
    return this.#catchUp(member, key);
  }

  async #catchUp(member: Member, key: string): Promise<Outcome> {
    const { incarnation } = member;
    await this.#replicator.whenLanded(member, key);
    // What was on its way may have been given up just now.
    if (member.late.when(key) !== undefined) return "waits";
    const owners = this.#cluster.topology.ownersOf(key);
    if (!owners.includes(member)) {
      // The same store may be back as another member, which owns the key.
      if (this.#gone.has(member)) return "waits";
      await member.write(key, (cache) => cache.delete(key));
      member.behind.forget(key);
      return "done";
    }
    const authority = await this.#readyAuthority(member, owners, key);
    if (authority === undefined) return "waits";
    const isFresh = authority !== member && authority.isFreshFor(key, owners);
    if (authority !== member) {
      try {
        await copyKey(this.#cluster, key, authority, member);
      } catch (error) {
        // A key that the node refuses, for lack of room or by a limit, keeps it dirty; others go on.
        // So does one of which it has no replica, or only a part.
        const isItsFailure = isNodeFailure(error) && !isPartlyDone(error);
        if (error instanceof SourceFailure || !isItsFailure) return "waits";
        throw error;
      }
    }
    member.behind.forget(key);
    if (isFresh) member.learn(key, incarnation);
    return "done";
  }

  /** Who is right about a key, once it has all that waits for it. */
  async #readyAuthority(member: Member, owners: Owners, key: string): Promise<Member | undefined> {
    for (;;) {
      const authority = authorityOver(member, owners, key);
      if (authority === undefined || !authority.behind.isQueued(key)) return authority;
      // It may be dirty for the key afterwards, and somebody else be right.
      await this.#replicator.finish(authority, key);
    }
  }

  // ---- keys that it does not own

  async #removeStrangers(member: Member): Promise<void> {
    const { topology } = this.#cluster;
    const pacer = new Pacer(this.#cluster.config, Infinity);
    // The same store may be back as another member, which owns them.
    const isStrange = (key: string): boolean =>
      !topology.ownersOf(key).includes(member) && !this.#gone.has(member);
    await this.#forEach(listKeys(member), pacer, async (key) => {
      if (!isStrange(key)) return;
      await this.#cluster.locks.inTurn(key, async () => {
        if (isStrange(key)) await member.write(key, (cache) => cache.delete(key));
      });
    });
    member.hasStrangers = false;
  }

  // ----

  /** Does something with each key, at a pace, with as many at the same time as it pays. */
  async #forEach(
    keys: AsyncIterable<string> | Iterable<string>,
    pacer: Pacer,
    work: (key: string) => Promise<void>,
  ): Promise<void> {
    await inLanes(this.#cluster.lanes, async (lanes) => {
      for await (const key of keys) {
        const room = lanes.begin(() => work(key));
        if (room !== undefined) await room;
        const pause = pacer.done();
        if (pause !== undefined) await pause;
      }
    });
  }

  /** What a node could not be told is tried again after a while. */
  #retryLater(member: Member, isSoon: boolean): void {
    const { config, isOver } = this.#cluster;
    const before = this.#retries.get(member);
    if (before !== undefined) config.timers.clearTimeout(before.timer as never);
    this.#retries.delete(member);
    if (isOver || this.#gone.has(member)) return;
    if (!member.takesWrites || !isBehind(member)) return;
    const longer = before === undefined || isSoon ? RETRY_MS : before.delayMs * 2;
    const delayMs = Math.min(RETRY_MS_MAX, longer);
    const timer = config.timers.setTimeout(() => void this.begin(member), delayMs);
    this.#retries.set(member, { timer, delayMs });
  }

  /** The node is nobody's any more: nothing is to be brought to it. */
  forget(member: Member): void {
    this.#gone.add(member);
    const retry = this.#retries.get(member);
    if (retry !== undefined) this.#cluster.config.timers.clearTimeout(retry.timer as never);
    this.#retries.delete(member);
  }

  /** The node has just fallen behind with a key: it is told soon, if it can be reached. */
  soon(member: Member): void {
    if (this.#running.has(member)) return;
    if (!this.#retries.has(member)) this.#retryLater(member, true);
  }
}

/** Keys of which an owner was told all although it lacks others. */
function* knownKeys(owners: Owners): IterableIterator<string> {
  for (const member of owners.members) yield* member.knownKeys();
}

/** Whether it lacks anything that nobody sends it by itself. */
function isBehind(member: Member): boolean {
  return (
    member.behind.dirty > 0 || member.stale.size > 0 || member.hasStrangers || member.owesClear
  );
}
