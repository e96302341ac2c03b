import { type Change, costOf, growthOf, isWhole, merge } from "./change.ts";

/** How much may be kept for one node. */
export interface BehindLimits {
  /** Keys that are dirty. */
  readonly maxDirtyKeys: number;
  /** Keys whose changes wait to be sent. */
  readonly maxQueuedWrites: number;
  /** What those changes may cost, in bytes. */
  readonly maxQueuedBytes: number;
}

/**
 * What a node is behind with, key by key.
 *
 * - *Queued*: changes that wait to be sent; several of one key become one. All that wait set out
 *   together, as a flight; what comes in meanwhile waits for the next, so a key's changes arrive in order.
 * - *Dirty*: keys of which it missed something, however often. Their state is to be read from a fresh owner.
 *
 * Changes that take too much room leave their keys dirty; too many dirty keys are the caller's affair.
 */
export class Behind {
  readonly #limits: BehindLimits;
  /** The dirty keys, each with when it became so. */
  readonly #dirty = new Map<string, number>();
  /** Dirty keys for which a change is on its way that says all: since when they are, should it not arrive. */
  readonly #dirtyBefore = new Map<string, number>();
  #waiting = new Map<string, Change>();
  /** What they cost. */
  #waitingBytes = 0;
  /** The place in the order of misses from which on the node lacks what waits. */
  #waitingSince = Infinity;
  /** Scores that nobody else holds: a write's change is one and the same for all its replicas. */
  readonly #ownScores = new WeakSet<object>();
  #flight: ReadonlyMap<string, Change> | undefined;
  #flightBytes = 0;
  #flightSince = Infinity;
  /** Whether later changes than those on their way were given up. */
  #isFlightOutdated = false;

  constructor(limits: BehindLimits) {
    this.#limits = limits;
  }

  /** Whether the node is behind with nothing at all. */
  get isEmpty(): boolean {
    return this.#waiting.size === 0 && this.#flight === undefined && this.#dirty.size === 0;
  }

  /** How many keys have changes that wait or are on their way. */
  get queued(): number {
    return this.#waiting.size + (this.#flight?.size ?? 0);
  }

  /** What the changes cost that wait or are on their way, in bytes. */
  get queuedBytes(): number {
    return this.#waitingBytes + this.#flightBytes;
  }

  /** How many keys have changes that have not set out. */
  get waiting(): number {
    return this.#waiting.size;
  }

  get dirty(): number {
    return this.#dirty.size;
  }

  /** Whether there is room for one more dirty key. */
  hasRoomFor(key: string): boolean {
    return this.#dirty.size < this.#limits.maxDirtyKeys || this.#dirty.has(key);
  }

  /** Whether the node is behind with a key at all. */
  has(key: string): boolean {
    return !this.isEmpty && (this.isQueued(key) || this.#dirty.has(key));
  }

  isDirty(key: string): boolean {
    return this.#dirty.size > 0 && this.#dirty.has(key);
  }

  /** Whether changes of a key wait or are on their way. */
  isQueued(key: string): boolean {
    return this.#waiting.has(key) || this.#flight?.has(key) === true;
  }

  /** Whether a change that waits, or is on its way, says all there is to say about a key. */
  isToldAll(key: string): boolean {
    const change = this.#waiting.get(key) ?? this.#currentFlight?.get(key);
    return change !== undefined && isWhole(change);
  }

  /** What is on its way, where nothing later was given up; undefined: nothing. */
  get #currentFlight(): ReadonlyMap<string, Change> | undefined {
    return this.#isFlightOutdated ? undefined : this.#flight;
  }

  /** Whether the node has all of a key once what is on its way has arrived. */
  get isFlightCurrent(): boolean {
    return !this.#isFlightOutdated;
  }

  /** Whether a change of a key is on its way. */
  isInFlight(key: string): boolean {
    return this.#flight?.has(key) === true;
  }

  /** Notes that the node missed something of a key, as of a place in the order of all misses. */
  miss(key: string, since: number): void {
    // What was to be told of it before, it lacks, too.
    let first = since;
    if (this.#waiting.has(key)) first = Math.min(first, this.#waitingSince);
    if (this.isInFlight(key)) first = Math.min(first, this.#flightSince);
    first = Math.min(first, this.#dirtyBefore.get(key) ?? Infinity);
    this.#dirtyBefore.delete(key);
    this.#drop(key);
    const before = this.#dirty.get(key);
    if (before === undefined || first < before) this.#dirty.set(key, first);
  }

  /**
   * Notes that all that a dirty node lacks of a key is a write that it had begun itself, and may have done: it has
   * more of the key than those that missed that write.
   */
  missedLast(key: string, now: number): void {
    if (this.#dirty.has(key)) this.#dirty.set(key, now);
  }

  /** Since when a key is dirty: the later, the more the node has of it. */
  dirtySince(key: string): number | undefined {
    return this.#dirty.get(key);
  }

  /**
   * Keeps a change until it is sent; it and what waits already become one.
   * @param now the place in the order of misses
   * @returns whether it is kept; if not, the node has missed it
   */
  hold(key: string, change: Change, now: number): boolean {
    const { maxQueuedWrites, maxQueuedBytes } = this.#limits;
    // A node that lacks more of the key than this change tells cannot follow it.
    const isDirty = this.#dirty.size > 0 && this.#dirty.has(key);
    if (isDirty && !isWhole(change)) return false;
    const before = this.#waiting.get(key);
    const bytes = before === undefined ? costOf(change) : growthOf(before, change);
    if (this.#waitingBytes + this.#flightBytes + bytes > maxQueuedBytes) return false;
    if (before === undefined && this.queued >= maxQueuedWrites) return false;
    const all = before === undefined ? change : this.#merge(before, change);
    if (all === undefined || all.type === "other") return false;
    if (this.#waiting.size === 0) this.#waitingSince = now;
    this.#waiting.set(key, all);
    this.#waitingBytes += bytes;
    const dirtySince = isDirty ? this.#dirty.get(key) : undefined;
    if (dirtySince !== undefined) {
      this.#dirtyBefore.set(key, dirtySince);
      this.#dirty.delete(key);
    }
    return true;
  }

  /** Sends all that waits on its way. Nothing else may be. */
  takeOff(): ReadonlyMap<string, Change> {
    const flight = this.#waiting;
    this.#flight = flight;
    this.#isFlightOutdated = false;
    this.#flightBytes = this.#waitingBytes;
    this.#flightSince = this.#waitingSince;
    this.#waiting = new Map();
    this.#waitingBytes = 0;
    return flight;
  }

  /** What was on its way has arrived, or its keys are dirty. */
  land(): void {
    // What has not arrived was missed by now.
    for (const key of this.#dirtyBefore.keys()) {
      if (this.isInFlight(key) && !this.#waiting.has(key)) this.#dirtyBefore.delete(key);
    }
    this.#flight = undefined;
    this.#flightBytes = 0;
  }

  /** The node has the key; no change of it is on its way. */
  forget(key: string): void {
    this.#drop(key);
    this.#dirty.delete(key);
    this.#dirtyBefore.delete(key);
  }

  /** Nothing that it is behind with counts any more, but for what is on its way. */
  clear(): void {
    this.#isFlightOutdated = true;
    this.#dirty.clear();
    this.#dirtyBefore.clear();
    this.#waiting.clear();
    this.#waitingBytes = 0;
  }

  /** Since when the node lacks which keys, those included whose changes wait. O(keys) */
  lacks(): Map<string, number> {
    const lacks = new Map(this.#dirty);
    for (const key of this.#waiting.keys()) {
      const before = this.#dirtyBefore.get(key) ?? Infinity;
      lacks.set(key, Math.min(lacks.get(key) ?? before, this.#waitingSince));
    }
    return lacks;
  }

  /** All keys that the node is behind with. */
  *keys(): IterableIterator<string> {
    yield* this.#dirty.keys();
    yield* this.#waiting.keys();
    if (this.#flight !== undefined) yield* this.#flight.keys();
  }

  /** The dirty keys, the oldest first; may change meanwhile. */
  dirtyKeys(): IterableIterator<string> {
    return this.#dirty.keys();
  }

  /** The change that waits takes over the other one's scores, as long as they are its own. */
  #merge(before: Change, change: Change): Change | undefined {
    if (
      before.type !== "scores" ||
      change.type !== "scores" ||
      this.#ownScores.has(before.scores)
    ) {
      return merge(before, change);
    }
    const scores = new Map(before.scores);
    this.#ownScores.add(scores);
    return merge({ ...before, scores }, change);
  }

  #drop(key: string): void {
    const change = this.#waiting.get(key);
    if (change === undefined) return;
    this.#waiting.delete(key);
    this.#waitingBytes -= costOf(change);
  }
}
