import type { LeaderboardCache } from "../cache/leaderboard-contract.ts";
import { canBeFenced } from "../cache/shared-store.ts";
import { canTransferState, type StateTransfer } from "../cache/state-transfer.ts";
import type { CacheError } from "../errors.ts";
import { Behind } from "./behind.ts";
import { type CacheNode, type NodeHealth, type NodeView, observe } from "./cache-node.ts";
import type { Change } from "./change.ts";
import type { DistributedConfig } from "./options.ts";
import {
  isConnectionFailure,
  isNodeFailure,
  isPartlyDone,
  isRefusal,
  isUnreached,
  isUnsent,
} from "./failure.ts";
import { Handshake, type HandshakeListener } from "./handshake.ts";
import { LateCalls } from "./late-calls.ts";
import { faceOf, hasSortedSets, numberOf, start } from "./node-face.ts";
import { Staleness } from "./staleness.ts";
import { type Caller, type Continuation, TimeLimit } from "./time-limit.ts";
import type { Owners } from "./topology.ts";

/** The place in the order of misses of a node that has nothing at all of a key. */
export const NOTHING = 0;

/** What a member tells the coordinator of itself. */
export interface MemberListener extends HandshakeListener<Member> {
  healthChanged(member: Member, from: NodeHealth, cause: unknown): void;
  /** It failed often, and has now answered as often as it takes to be trusted again. */
  isBack(member: Member): void;
  /** It missed more than can be remembered: it is behind with everything. */
  overflowed(member: Member): void;
  ownersOf(key: string): Owners;
  /** It is dirty for one more key. */
  fellBehind(member: Member): void;
}

/**
 * A node as its coordinator sees it: how it is, what it is behind with, and every call to it.
 *
 * Two things are told apart. *Health* says whether it answers. *Freshness* says what it has: it is
 * stale for whole lists of owners after a restart, and dirty for single keys of which it missed a
 * write; for these it neither serves nor acts, however healthy it is. After any failed call it is not
 * trusted until its boot id was asked, since it may be another incarnation by now.
 */
export class Member implements Caller, NodeView {
  readonly node: CacheNode;
  readonly id: string;
  /** The face by which it is called: a fenced one where the cache has one. */
  readonly cache: LeaderboardCache;
  /** Whether calls go over a connection that may be replaced: see `Fenceable`. */
  readonly isFenced: boolean;
  readonly hasBoards: boolean;
  readonly transfer: StateTransfer | undefined;
  readonly behind: Behind;
  readonly late: LateCalls;
  readonly stale = new Staleness();
  /** How long a key lives there that is created without a ttl; undefined: nobody knows. */
  readonly defaultTtlMs: number | undefined;
  readonly isFounder: boolean;
  /** The longest key that it takes, as far as it tells. */
  readonly maxKeyBytes: number;

  health: NodeHealth = "healthy";
  requests = 0;
  failures = 0;
  /** Taken out of service by hand. */
  isMarked = false;
  /** The boot id was asked since the last failure. */
  isTrusted = false;
  /** Why no call may reach it: other coordinators have another ring. */
  barredBy: CacheError | undefined;
  bootId: string | undefined;
  /** Whether a founder held nothing when it was met; undefined: nobody knows, or it was made up for. */
  emptyAtFirst: Promise<boolean | undefined> | undefined;
  /** It missed a `clear`, and is cleared before anything else. */
  owesClear = false;
  /** It may hold keys that it does not own. */
  hasStrangers = false;
  /** What its clock says, minus what the coordinator's does, in milliseconds. */
  clockOffsetMs = 0;
  failuresInRow = 0;
  /** What it failed with last, until it is back: why it is not asked. */
  lastFailure: unknown;
  /** Grows whenever the node is no longer what it was: another incarnation, or behind with everything. */
  incarnation = 0;
  /** How often it was found to be another incarnation. */
  restarts = 0;

  readonly #config: DistributedConfig;
  readonly #listener: MemberListener;
  readonly #callLimit: TimeLimit;
  readonly #probeLimit: TimeLimit;
  #successesInRow = 0;
  readonly #greeting: Handshake<Member>;
  #handshake: Promise<void> | undefined;

  /** @param isFounder whether the coordinator began with it, and what it held then is to be known */
  constructor(
    node: CacheNode,
    config: DistributedConfig,
    listener: MemberListener,
    isFounder = false,
  ) {
    this.node = node;
    this.id = node.id;
    this.isFounder = isFounder;
    this.isFenced = canBeFenced(node.cache);
    const face = faceOf(node.cache);
    // What the cache lacks is never called: `hasBoards` is looked at first.
    this.cache = face as LeaderboardCache;
    this.hasBoards = hasSortedSets(face);
    this.transfer = canTransferState(face) ? face : undefined;
    this.defaultTtlMs = numberOf(node.cache, "defaultTtl");
    this.maxKeyBytes = numberOf(node.cache, "maxKeyBytes") ?? Infinity;
    this.behind = new Behind(config);
    this.late = new LateCalls(config.timers, config.fenceTimeoutMs);
    this.#config = config;
    this.#listener = listener;
    this.#callLimit = new TimeLimit(config.clock, config.timers, config.callTimeoutMs);
    this.#probeLimit = new TimeLimit(config.clock, config.timers, config.healthCheck.timeoutMs);
    this.#greeting = new Handshake(this, config, listener, this.#probeLimit);
    observe(node, this);
  }

  get dirtyKeys(): number {
    return this.behind.dirty;
  }

  get queuedWrites(): number {
    return this.behind.queued;
  }

  /** Whether it is asked at all: healthy or degraded. */
  get isReachable(): boolean {
    return this.health === "healthy" || this.health === "degraded";
  }

  /** Whether it is told of writes: reachable, or catching up. */
  get takesWrites(): boolean {
    return this.health !== "unhealthy";
  }

  /** Whether nothing stands between it and a key: it may be asked at once. */
  isClearFor(key: string): boolean {
    return (
      this.health === "healthy" &&
      this.isTrusted &&
      this.stale.size === 0 &&
      !this.owesClear &&
      this.late.isEmpty &&
      !this.behind.has(key)
    );
  }

  /** Whether it has everything that was acknowledged of a key, even if a change of it still waits to be sent. */
  isFreshFor(key: string, owners: Owners): boolean {
    return !this.behind.isDirty(key) && (!this.isStaleFor(owners) || this.knows(key));
  }

  /** Whether it was told all of a key since it became stale, or is about to be. */
  knows(key: string): boolean {
    return (this.stale.knows(key) || this.behind.isToldAll(key)) && !this.owesClear;
  }

  /** Whether it was told all of a key since it became stale, and lacks only what it has missed of it later. */
  knew(key: string): boolean {
    return this.behind.isDirty(key) && this.stale.knew(key) && !this.owesClear;
  }

  /** The keys of which it was told all since it became stale, or is about to be, whatever it missed later. */
  *knownKeys(): IterableIterator<string> {
    yield* this.stale.knownKeys();
    for (const key of this.stale.knewKeys()) if (this.knew(key)) yield key;
    for (const key of this.behind.keys()) if (this.behind.isToldAll(key)) yield key;
  }

  /** It was told all of a key, as the incarnation that it was then. */
  learn(key: string, incarnation: number): void {
    if (incarnation === this.incarnation) this.stale.learn(key);
  }

  /** It was fresh, and has acted for a key: it has that, even if it missed too much of others meanwhile. */
  acted(key: string, restarts: number): void {
    if (restarts === this.restarts) this.stale.learn(key);
  }

  /**
   * Since when it is known to lack something of a key: the later, the more it has of it.
   * @param isStale whether it is stale for the key's owners
   */
  lacksSince(key: string, isStale: boolean): number | undefined {
    const dirtySince = this.behind.dirtySince(key);
    const staleSince = isStale ? this.stale.lacksSince(key) : undefined;
    return staleSince === undefined ? dirtySince : Math.min(dirtySince ?? Infinity, staleSince);
  }

  isStaleFor(owners: Owners): boolean {
    return this.owesClear || (this.stale.size > 0 && this.stale.has(owners));
  }

  // ---- calls

  /** A call that changes nothing, within the time limit. */
  read<T>(run: (cache: LeaderboardCache) => Promise<T>, after?: Continuation<T>): Promise<T> {
    return this.#call(run, undefined, after);
  }

  /** A call that changes a key (null: all of them), within the time limit. */
  write<T>(
    key: string | null,
    run: (cache: LeaderboardCache) => Promise<T>,
    after?: Continuation<T>,
  ): Promise<T> {
    return this.#call(run, key, after);
  }

  #call<T>(
    run: (cache: LeaderboardCache) => Promise<T>,
    key: string | null | undefined,
    after: Continuation<T> | undefined,
  ): Promise<T> {
    if (this.barredBy !== undefined) {
      if (after === undefined) return Promise.reject(this.barredBy);
      return Promise.resolve(after.failed(this.barredBy));
    }
    this.requests++;
    const pending = start(run, this.cache);
    if (!this.isFenced) return this.#callLimit.watch(pending, this, key, after);
    const { restarts } = this;
    return this.#callLimit.watch(pending, this, key, {
      settled: (answer) => (after === undefined ? answer : after.settled(answer)),
      failed: (error) => this.#callAgain(run, key, after, error, restarts),
    });
  }

  /**
   * Makes a call that was refused since the connection is a new one once more, when the boot id was asked:
   * a reconnection is no failure, unless it leads to another incarnation. Of any other call the error stands.
   */
  async #callAgain<T>(
    run: (cache: LeaderboardCache) => Promise<T>,
    key: string | null | undefined,
    after: Continuation<T> | undefined,
    error: unknown,
    restarts: number,
  ): Promise<T> {
    let reason = error;
    if (isUnsent(error)) {
      const failure = await this.#meetAgain(error);
      if (failure === undefined && this.isTrusted && this.restarts === restarts) {
        return this.#callLimit.watch(start(run, this.cache), this, key, after);
      }
      reason = failure ?? error;
    }
    if (after !== undefined) return after.failed(reason);
    throw reason;
  }

  /** @returns what a call that was not sent has failed with; `undefined`: the boot id was asked, and all is well */
  async #meetAgain(error: unknown): Promise<unknown> {
    try {
      await this.handshake();
      return undefined;
    } catch (failure) {
      // No answer in time to that question does not mean that the call was sent.
      return isUnreached(failure) || !isNodeFailure(failure) ? failure : error;
    }
  }

  /** Asks whether it is there, within the probe's time limit. */
  async probe(): Promise<void> {
    const { probe } = this.#config.healthCheck;
    if (probe === undefined) return;
    const controller = new AbortController();
    try {
      const pending = start(() => probe(this.node, controller.signal), this.cache);
      await this.#probeLimit.watch(pending, this, undefined);
    } finally {
      controller.abort();
    }
  }

  /**
   * Asks for the boot id, once for all who want to know. It is trusted afterwards unless it is
   * another incarnation; that one is stale for whatever others own with it. A node that other coordinators
   * may use, too, is not trusted before it has said that their ring is the same.
   */
  handshake(): Promise<void> {
    if (this.barredBy !== undefined) return Promise.reject(this.barredBy);
    this.#handshake ??= this.#greeting.shakeHands().finally(() => {
      this.#handshake = undefined;
    });
    return this.#handshake;
  }

  /** Whether other processes may use its store, too. */
  get isShared(): boolean {
    return this.#greeting.isShared;
  }

  /** Lets no call reach it any more: it is of no use, however well it is. */
  bar(error: CacheError): void {
    this.barredBy ??= error;
    this.isTrusted = false;
    this.changeHealth("unhealthy", error);
  }

  /** Takes the fingerprint away, if that can be done: the node is part of no ring any more. */
  removeFingerprint(): Promise<void> {
    return this.#greeting.removeFingerprint();
  }

  /** Learns from a reading of the node's clock; one that fits between asking and answer is the same. */
  noteClock(time: number, sentAt: number, receivedAt: number): void {
    const agrees = time >= sentAt && time <= receivedAt;
    this.clockOffsetMs = agrees ? 0 : Math.round(time - (sentAt + receivedAt) / 2);
  }

  // ---- what the calls say of it

  answered(): void {
    if (this.failuresInRow === 0 && this.health === "healthy") return;
    if (this.barredBy !== undefined) return;
    this.#successesInRow++;
    if (this.#successesInRow < this.#config.healthCheck.successThreshold) return;
    if (this.health === "degraded") {
      this.failuresInRow = 0;
      this.changeHealth("healthy", undefined);
    } else if (this.health === "unhealthy" && !this.isMarked) this.#listener.isBack(this);
  }

  failedWith(error: unknown): void {
    // What was on its way over one connection fails at once when that is lost: this is one failure.
    const isSameLoss = this.isFenced && !this.isTrusted && isConnectionFailure(error);
    if (isUnsent(error)) this.isTrusted = false;
    else if (isSameLoss && !isUnreached(error)) this.failures++;
    else this.failedBy(error);
  }

  /** A failure counts, an answer that is an error counts as one; so does that a write is done in part. */
  failedBy(error: unknown): void {
    if (!isNodeFailure(error)) {
      this.answered();
      return;
    }
    this.lastFailure = error;
    if (isPartlyDone(error)) {
      this.answered();
      return;
    }
    this.failures++;
    this.failuresInRow++;
    this.#successesInRow = 0;
    this.isTrusted = false;
    const isDown =
      (isRefusal(error) && !isUnsent(error)) ||
      this.failuresInRow >= this.#config.healthCheck.failureThreshold;
    if (isDown) this.changeHealth("unhealthy", error);
    else if (this.health === "healthy") this.changeHealth("degraded", error);
  }

  abandoned(key: string | null, call: object): void {
    this.late.add(key, call);
  }

  settledLate(key: string | null, call: object): void {
    // It may have failed with its connection: only an answer to a new question says that it is over.
    if (this.isFenced) this.isTrusted = false;
    this.late.settled(key, call);
  }

  changeHealth(to: NodeHealth, cause: unknown): void {
    const from = this.health;
    if (from === to) return;
    this.health = to;
    this.lastFailure = cause;
    if (to === "healthy") this.failuresInRow = 0;
    this.#successesInRow = 0;
    this.#listener.healthChanged(this, from, cause);
  }

  // ---- what it has not got

  /** It missed something of a key, or may have. */
  miss(key: string): void {
    const isStale =
      this.stale.size > 0 &&
      !this.knows(key) &&
      !this.knew(key) &&
      this.isStaleFor(this.#listener.ownersOf(key));
    // It may have missed more of it before.
    this.#miss(key, this.lacksSince(key, isStale) ?? this.#listener.nextMiss());
  }

  /** What it lacks of a key, it lacks since after all others: it may have done that write itself. */
  missedLast(key: string): void {
    this.behind.missedLast(key, this.#listener.nextMiss());
  }

  /** It has nothing at all of a key. */
  missAll(key: string): void {
    this.stale.forgetKey(key);
    this.#miss(key, NOTHING);
  }

  /** Of a key whose owners it is stale for nobody could say what it lacks. */
  doubt(key: string): void {
    // Since when it lacks something of this one is known.
    if (this.knew(key)) return;
    const since = this.stale.cameBackEmpty ? NOTHING : this.lacksSince(key, true);
    this.#miss(key, since ?? this.stale.cameBackAt);
  }

  #miss(key: string, since: number): void {
    this.stale.forget(key, !this.behind.isDirty(key));
    if (this.behind.hasRoomFor(key)) {
      this.behind.miss(key, since);
      this.#listener.fellBehind(this);
    } else {
      const lacks = this.behind.lacks();
      lacks.set(key, Math.min(since, lacks.get(key) ?? Infinity));
      this.stale.overflow(this.#listener.nextMiss(), lacks);
      this.behind.clear();
      this.#listener.overflowed(this);
    }
  }

  /** It missed that everything was cleared. */
  missClear(): void {
    this.behind.clear();
    this.owesClear = true;
    this.#listener.fellBehind(this);
  }

  /** It is to be told of a change of a key as soon as it can be. */
  hold(key: string, change: Change): void {
    if (!this.behind.hold(key, change, this.#listener.nextMiss())) this.miss(key);
  }

  stop(): void {
    this.#callLimit.stop();
    this.#probeLimit.stop();
    this.late.settleAll();
  }
}
