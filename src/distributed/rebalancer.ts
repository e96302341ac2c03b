import type { CallOptions } from "../cache/contract.ts";
import { CacheError } from "../errors.ts";
import { type Cluster, checkOpen } from "./cluster.ts";
import { callSafely, type RebalanceProgress } from "./events.ts";
import { KeyMover } from "./key-mover.ts";
import { SourceFailure } from "./key-state.ts";
import { inLanes, type Lanes } from "./lanes.ts";
import type { Member } from "./member.ts";
import { checkRate, Pacer, sleep } from "./pacer.ts";
import { listPages } from "./listing.ts";
import type { Replicator } from "./replicator.ts";
import type { HashRing } from "./ring/hash-ring.ts";
import { Move, type Owners, type Placement } from "./topology.ts";

/** Options of `addNode` and `removeNode`. */
export interface RebalanceOptions extends CallOptions {
  /** Is told how far it is. What it throws harms nothing. */
  onProgress?: ((progress: RebalanceProgress) => void) | undefined;
  /** How many keys may be handed over in a second. Default: as many as can be. */
  maxKeysPerSecond?: number | undefined;
}

/** A part of the hash circle: from one position (excluded) to another (included), around the circle. */
export interface HashRange {
  /** The position before its first one, from 0 to 2^32 − 1. */
  readonly from: number;
  /** Its last position, from 0 to 2^32 − 1. */
  readonly to: number;
}

/** What a topology change did. */
export interface RebalanceReport {
  /** Keys that have other owners now, and were handed over to them. */
  readonly movedKeys: number;
  /** What was copied for it: keys and values, once for each new owner. */
  readonly movedBytes: number;
  /** How long it took, in milliseconds. */
  readonly durationMs: number;
  /** Keys of which the only node that was up to date is gone: what another one has of them is kept. */
  readonly lostKeys: number;
  /** Parts of the circle of which only a removed node that is dead had all keys. */
  readonly lostRanges: readonly HashRange[];
}

const PROGRESS_KEYS = 1000;
/** After so many passes over all nodes without an end something is wrong that will not mend itself. */
const PASSES_MAX = 10;
const PASS_PAUSE_MS = 100;

/**
 * Changes the ring without losing a key. Each key stands with its former owners until it is handed
 * over: copied to the new ones, switched, and only then deleted at those that no longer own it. It
 * happens in the key's turn, so no write comes in between; a write of a key that is not yet handed
 * over hands it over first. So at every moment a key has one list of owners.
 *
 * A change that fails or is aborted stays as far as it is: keys that were handed over are right
 * where they are, and so are the others. The same call goes on from there, and the opposite one goes back.
 */
export class Rebalancer {
  readonly #cluster: Cluster;
  readonly #mover: KeyMover;
  #queue: Promise<unknown> = Promise.resolve();
  #leftover: Placement | undefined;
  #reportedThousands = 0;
  /** Keys that were to be written and could not be handed over: they are, as soon as it is their turn. */
  readonly #outrun = new Set<string>();
  /** Who was looked through in this pass, with the lists of owners for which it was fresh when that began. */
  readonly #listed = new Map<Member, ReadonlySet<Owners>>();

  constructor(cluster: Cluster, replicator: Replicator) {
    this.#cluster = cluster;
    this.#mover = new KeyMover(cluster, replicator);
  }

  /** One topology change after the other. */
  inOrder<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work);
    this.#queue = result.catch(() => {});
    return result;
  }

  /** Begins a change, goes on with one that stopped, or turns one around. */
  begin(ring: HashRing, member: Member, kind: "add" | "remove", isDead: boolean): void {
    const { topology } = this.#cluster;
    const { move } = topology;
    this.#mover.isDead = isDead;
    if (move !== undefined && move.member === member) {
      if (move.kind === kind) return;
      topology.begin(new Move(move.to, move.from, member, kind, move));
    } else {
      const to = topology.placementOf(ring);
      topology.begin(new Move(topology.placement, to, member, kind));
    }
    this.#mover.reset();
    this.#reportedThousands = 0;
  }

  /** Hands over every key that is not with its new owners yet, and makes the new ring the ring. */
  async run(options: RebalanceOptions): Promise<RebalanceReport> {
    const startedAt = this.#cluster.now();
    const lostRanges = this.#mover.isDead ? this.#lostRanges() : [];
    this.#report(options, "start");
    try {
      await this.#handOverAll(options);
      await this.#emptyLeaver();
      // Meanwhile a key may have been written to the leaver. From here on nothing is waited for.
      await this.#handOverOutrun();
    } catch (error) {
      this.#report(options, "failed");
      throw error;
    }
    const { keys: movedKeys, bytes: movedBytes, lost: lostKeys } = this.#mover.moved;
    this.#carryStaleness();
    this.#cluster.topology.complete();
    this.#settleMembers();
    this.#cluster.counts.rebalances++;
    this.#report(options, "end");
    const durationMs = this.#cluster.now() - startedAt;
    return { movedKeys, movedBytes, durationMs, lostKeys, lostRanges };
  }

  /**
   * A node that goes is left without any of the keys that it owned, those included that came late, or that
   * were given up while it was away.
   */
  async #emptyLeaver(): Promise<void> {
    const { move } = this.#cluster.topology;
    if (move?.kind !== "remove") return;
    this.#leftover = (await this.empty(move.member, move.from)) ? undefined : move.from;
  }

  /**
   * Deletes what a node that went held as an owner.
   * @param isWanted asked before each key: what it holds may be its own again
   * @returns whether that was wanted, and it could be reached, to the end
   */
  async empty(member: Member, from: Placement, isWanted = isAlways): Promise<boolean> {
    try {
      await this.#cluster.trust(member);
      await member.late.whenAny();
      await inLanes(this.#cluster.lanes, async (lanes) => {
        for await (const page of pagesAndArrears(member)) {
          for (const key of page) {
            if (!isWanted()) return;
            if (!from.ownersOf(key).includes(member) || this.#isStillWith(member, key)) continue;
            const pause = lanes.begin(async () => {
              await member.write(key, (cache) => cache.delete(key));
            });
            if (pause !== undefined) await pause;
          }
        }
      });
      return isWanted();
    } catch {
      return false;
    }
  }

  /** By which owners the node that went still holds keys, as it could not be reached; undefined: it is empty. */
  get leftover(): Placement | undefined {
    return this.#leftover;
  }

  /**
   * Who is stale for the former owners of a part of the circle is so for the new ones: a key that it alone
   * still holds, since it missed its end, was listed by nobody and handed over to nobody.
   */
  #carryStaleness(): void {
    for (const { from, to } of this.#cluster.topology.move?.arcs() ?? []) {
      if (from === to) continue;
      for (const member of to.members) if (member.stale.has(from)) member.stale.add(to);
    }
  }

  /**
   * What the nodes were stale for may be no list any more. Those that were away look for leftovers, and so do
   * those with calls that were given up: what these may still create was listed by nobody.
   */
  #settleMembers(): void {
    const { topology } = this.#cluster;
    for (const member of topology.members.values()) {
      for (const owners of member.stale) {
        if (!topology.placement.lists.has(owners)) member.stale.delete(owners);
      }
      if (!member.takesWrites || !member.late.isEmpty) member.hasStrangers = true;
    }
  }

  async #handOverAll(options: RebalanceOptions): Promise<void> {
    const pacer = new Pacer(this.#cluster.config, checkRate(options.maxKeysPerSecond));
    // Calls that began before the change go on with the former owners, and may create keys there.
    const underWay = this.#cluster.locks.keys();
    for (let pass = 0; pass < PASSES_MAX; pass++) {
      if (pass > 0) await sleep(this.#cluster.config, PASS_PAUSE_MS);
      this.#listed.clear();
      let waiting = 0;
      for (const member of this.#sources()) {
        waiting += await this.#handOverFrom(member, options, pacer);
      }
      waiting += await this.#handOverEach([...underWay, ...this.#outrun], pacer);
      // What is gone is listed by nobody, and who was away when it went still has it.
      const arrears = [...this.#arrears()].filter((key) => this.#isPending(key));
      waiting += await this.#handOverEach(arrears, pacer);
      options.signal?.throwIfAborted();
      checkOpen(this.#cluster);
      const unreachable = this.#unreachable();
      if (unreachable.size > 0) throw notAllReachable(unreachable, this.#mover.failure);
      // While keys are looked through, one may have been written where it still stood, and a node be back.
      if (waiting === 0 && this.#outrun.size === 0 && this.#isAllListed()) return;
    }
    throw notAllReachable(new Set(this.#sources().map(({ id }) => id)), this.#mover.failure);
  }

  /** All nodes that may list keys which have to move. */
  #sources(): Member[] {
    return [...this.#cluster.topology.members.values()].filter(
      (member) => member.takesWrites && !this.#mover.isGone(member),
    );
  }

  /** The keys that nodes are behind with which cannot be asked now. */
  #arrears(): Set<string> {
    const keys = new Set<string>();
    for (const member of this.#cluster.topology.members.values()) {
      if (member.takesWrites || this.#mover.isGone(member)) continue;
      for (const key of member.behind.keys()) keys.add(key);
    }
    return keys;
  }

  /** Whether the node is on its way out, and a key was written that still stands with it. */
  #isStillWith(member: Member, key: string): boolean {
    return this.#cluster.topology.move?.member === member && this.#isPending(key);
  }

  #isPending(key: string): boolean {
    const { move } = this.#cluster.topology;
    return move !== undefined && move.isPending(key);
  }

  /** The nodes without which keys that have to move cannot be read. */
  #unreachable(): Set<string> {
    const ids = new Set<string>();
    for (const { from, to } of this.#cluster.topology.move?.arcs() ?? []) {
      if (from === to) continue;
      const left = from.members.filter((member) => !this.#mover.isGone(member));
      if (left.some((member) => member.takesWrites && !member.isStaleFor(from))) continue;
      // Where one is gone for good, the others are what there is, if all of them are there.
      const isAll = left.length < from.members.length && left.every((member) => member.takesWrites);
      if (!isAll) for (const { id } of left) ids.add(id);
    }
    return ids;
  }

  /** Whether of each part of the circle whose owners change, one that knows all its keys was looked through. */
  #isAllListed(): boolean {
    for (const { from, to } of this.#cluster.topology.move?.arcs() ?? []) {
      if (from === to) continue;
      if (from.members.some((member) => this.#listed.get(member)?.has(from) === true)) continue;
      // Where one is gone for good, the others are what there is.
      const left = from.members.filter((member) => !this.#mover.isGone(member));
      const isAll = left.length < from.members.length;
      if (!isAll || !left.every((member) => this.#listed.has(member))) return false;
    }
    return true;
  }

  /** @returns how many of the keys that a node lists could not be handed over */
  async #handOverFrom(member: Member, options: RebalanceOptions, pacer: Pacer): Promise<number> {
    const { move } = this.#cluster.topology;
    const { incarnation } = member;
    const freshFor = [...(move?.from.lists ?? [])].filter((owners) => !member.isStaleFor(owners));
    const count = { waiting: 0 };
    try {
      await inLanes(this.#cluster.lanes, (lanes) =>
        this.#handOverPages(member, lanes, options, pacer, count),
      );
      if (member.incarnation === incarnation) this.#listed.set(member, new Set(freshFor));
    } catch (error) {
      if (!(error instanceof SourceFailure)) throw error;
      count.waiting++;
    }
    return count.waiting;
  }

  async #handOverPages(
    member: Member,
    lanes: Lanes,
    options: RebalanceOptions,
    pacer: Pacer,
    count: { waiting: number },
  ): Promise<void> {
    const { move } = this.#cluster.topology;
    for await (const page of pagesAndArrears(member)) {
      for (const key of page) {
        options.signal?.throwIfAborted();
        checkOpen(this.#cluster);
        this.#mover.moved.seen++;
        const isToMove = move !== undefined && move.isPending(key);
        if (isToMove) {
          const room = lanes.begin(async () => {
            if (await this.#mover.plainly(key, move, pacer)) return;
            if (!(await this.#handOverInTurn(key, pacer))) count.waiting++;
          });
          if (room !== undefined) await room;
        }
        const pause = isToMove ? pacer.done() : pacer.breathe();
        if (pause !== undefined) await pause;
        if (isToMove) this.#reportProgress(options);
      }
    }
  }

  /** @returns how many of the keys could not be handed over */
  async #handOverEach(keys: readonly string[], pacer: Pacer | undefined): Promise<number> {
    let waiting = 0;
    await inLanes(this.#cluster.lanes, async (lanes) => {
      for (const key of keys) {
        const room = lanes.begin(async () => {
          if (!(await this.#handOverInTurn(key, pacer))) waiting++;
        });
        if (room !== undefined) await room;
      }
    });
    return waiting;
  }

  /** Hands a key over that is about to be written; its turn is the caller's. */
  async handOver(key: string): Promise<void> {
    if (await this.#mover.handOver(key, undefined)) this.#outrun.delete(key);
    else this.#outrun.add(key);
  }

  async #handOverInTurn(key: string, pacer: Pacer | undefined): Promise<boolean> {
    const isDone = await this.#mover.inTurn(key, pacer);
    if (isDone) this.#outrun.delete(key);
    return isDone;
  }

  async #handOverOutrun(): Promise<void> {
    for (let pass = 0; this.#outrun.size > 0; pass++) {
      if (pass >= PASSES_MAX) {
        throw notAllReachable(new Set(this.#sources().map(({ id }) => id)), this.#mover.failure);
      }
      if (pass > 0) await sleep(this.#cluster.config, PASS_PAUSE_MS);
      checkOpen(this.#cluster);
      await this.#handOverEach([...this.#outrun], undefined);
    }
  }

  /** The parts of the circle whose keys only the dead node had. */
  #lostRanges(): HashRange[] {
    const ranges: { from: number; to: number }[] = [];
    for (const { start, end, from } of this.#cluster.topology.move?.arcs() ?? []) {
      const isHeld = (member: Member): boolean =>
        !this.#mover.isGone(member) && !member.isStaleFor(from);
      if (from.members.some(isHeld)) continue;
      const last = ranges.at(-1);
      if (last?.to === start) last.to = end;
      else ranges.push({ from: start, to: end });
    }
    return ranges;
  }

  #reportProgress(options: RebalanceOptions): void {
    const thousands = Math.floor(this.#mover.moved.keys / PROGRESS_KEYS);
    if (thousands === this.#reportedThousands) return;
    this.#reportedThousands = thousands;
    this.#report(options, "progress");
  }

  #report(options: RebalanceOptions, phase: RebalanceProgress["phase"]): void {
    const progress = {
      phase,
      movedKeys: this.#mover.moved.keys,
      totalKeys: this.#mover.moved.seen,
    };
    const { onProgress } = options;
    if (onProgress !== undefined) callSafely("onProgress", () => onProgress(progress));
    this.#cluster.listeners.tell("rebalance", progress);
  }
}

/** What a node lists, and what it is behind with: it may lack just what has to move. */
async function* pagesAndArrears(member: Member): AsyncGenerator<readonly string[]> {
  const arrears = new Set(member.behind.keys());
  yield* listPages(member);
  for (const key of member.behind.keys()) arrears.add(key);
  yield [...arrears];
}

function isAlways(): boolean {
  return true;
}

function notAllReachable(ids: ReadonlySet<string>, cause: unknown): CacheError {
  return new CacheError(
    "NODE_UNHEALTHY",
    `Cannot complete the change of nodes: each key needs an owner that is up to date and reachable, ` +
      `and a new one that takes it; call again to go on: received none for some keys of ${[...ids].join(", ")}`,
    cause === undefined ? undefined : { cause },
  );
}
