import type { LeaderboardCache } from "../cache/leaderboard-contract.ts";
import { isSharedStore, type SharedStore } from "../cache/shared-store.ts";
import type { StateTransfer } from "../cache/state-transfer.ts";
import type { CacheError } from "../errors.ts";
import type { CacheNode } from "./cache-node.ts";
import { FINGERPRINT_NAME, fingerprintOf, otherRing } from "./fingerprint.ts";
import { start } from "./node-face.ts";
import type { DistributedConfig } from "./options.ts";
import type { Staleness } from "./staleness.ts";
import type { Caller, TimeLimit } from "./time-limit.ts";

/** What a handshake reads of a member, and notes there. */
export interface Introduced {
  readonly node: CacheNode;
  readonly cache: LeaderboardCache;
  readonly transfer: StateTransfer | undefined;
  readonly barredBy: CacheError | undefined;
  readonly failures: number;
  readonly stale: Staleness;
  requests: number;
  restarts: number;
  bootId: string | undefined;
  isTrusted: boolean;
  /** Whether it is to be known what it held when it was met. */
  readonly isFounder: boolean;
  emptyAtFirst: Promise<boolean | undefined> | undefined;
  answered(): void;
  failedBy(error: unknown): void;
  noteClock(time: number, sentAt: number, receivedAt: number): void;
}

/** Who is told what came of it. */
export interface HandshakeListener<M> {
  /** It is another incarnation than the one before, or was never seen before. */
  restarted(member: M): void;
  /** It is shared with others whose ring is another one. */
  refused(member: M, error: CacheError): void;
  /** Its first handshake has ended, whatever came of it. @returns what it waits for before it is used */
  introduced(member: M): Promise<void> | undefined;
  /** The next place in the order of all misses. */
  nextMiss(): number;
}

/**
 * What a node is asked before it is trusted: which incarnation it is, whether the other coordinators
 * that use it have the same ring, what its clock says, and, where it is one of those that the coordinator began with,
 * or another incarnation than before, whether it holds anything.
 */
export class Handshake<M extends Introduced> {
  readonly #member: M;
  readonly #config: DistributedConfig;
  readonly #listener: HandshakeListener<M>;
  readonly #limit: TimeLimit;
  /** Keeps the ring's fingerprint where other coordinators may use the node, too. */
  readonly #shared: SharedStore | undefined;
  readonly #fingerprint: string;
  /** Hears of the question for the boot id. */
  readonly #counted: Caller;
  /** Hears of all others: one handshake is one success, whatever else is asked. */
  readonly #uncounted: Caller;
  /** Hears of what says nothing of how the node is. */
  readonly #unheard: Caller;

  constructor(
    member: M,
    config: DistributedConfig,
    listener: HandshakeListener<M>,
    limit: TimeLimit,
  ) {
    this.#member = member;
    this.#config = config;
    this.#listener = listener;
    this.#limit = limit;
    this.#shared = isSharedStore(member.cache) ? member.cache : undefined;
    this.#fingerprint = this.#shared === undefined ? "" : fingerprintOf(member.node, config);
    const quiet = { abandoned: () => {}, settledLate: () => {} };
    const failedWith = (error: unknown): void => member.failedBy(error);
    this.#counted = { ...quiet, failedWith, answered: () => member.answered() };
    this.#uncounted = { ...quiet, failedWith, answered: () => {} };
    this.#unheard = { ...quiet, failedWith: () => {}, answered: () => {} };
  }

  /** Whether other processes may use the node's store, too. */
  get isShared(): boolean {
    return this.#shared !== undefined;
  }

  /** Asks all of it; the node is trusted afterwards unless it is another incarnation and behind. */
  async shakeHands(): Promise<void> {
    const member = this.#member;
    let isAnother: boolean;
    try {
      isAnother = await this.#askBootId();
    } finally {
      const others = this.#listener.introduced(member);
      if (others !== undefined) await others;
    }
    if (member.barredBy !== undefined) throw member.barredBy;
    member.isTrusted = true;
    if (!isAnother) return;
    member.restarts++;
    member.stale.forgetAll();
    member.stale.cameBackAt = this.#listener.nextMiss();
    this.#listener.restarted(member);
  }

  /** Takes the fingerprint away, if that can be done and it is this ring's. */
  async removeFingerprint(): Promise<void> {
    const shared = this.#shared;
    if (shared === undefined) return;
    try {
      const found = await this.#ask(() => shared.reserve(FINGERPRINT_NAME, this.#fingerprint));
      if (found === this.#fingerprint) await this.#ask(() => shared.release(FINGERPRINT_NAME));
    } catch {
      // It stays. Whoever takes the node into another ring is told what is there, and how to remove it.
    }
  }

  /** @returns whether it is another incarnation */
  async #askBootId(): Promise<boolean> {
    const member = this.#member;
    let failures: number;
    let bootId: string;
    let isAnother: boolean;
    do {
      failures = member.failures;
      member.requests++;
      bootId = await this.#ask((cache) => cache.bootId(), this.#counted);
      const isFirst = member.bootId === undefined && failures === 0;
      isAnother = !isFirst && member.bootId !== bootId;
      // From now on nobody takes it for what it was.
      if (isAnother) member.isTrusted = false;
      if (this.#shared !== undefined) await this.#showFingerprint(this.#shared);
      if (member.transfer?.time !== undefined) await this.#readClock(member.transfer);
      // Looked at before anybody writes to it.
      if (isAnother) member.stale.cameBackEmpty = await this.#isEmpty();
      else if (isFirst && member.isFounder) member.emptyAtFirst ??= this.#wasEmpty();
      // A call that failed meanwhile may have met another incarnation than the one that answered.
    } while (failures !== member.failures);
    member.bootId = bootId;
    return isAnother;
  }

  /** Leaves the ring's fingerprint at the node unless there is one. @throws {CacheError} `INVALID_CONFIG` */
  async #showFingerprint(shared: SharedStore): Promise<void> {
    const own = this.#fingerprint;
    const found = await this.#ask(() => shared.reserve(FINGERPRINT_NAME, own));
    if (found === own) return;
    const error = otherRing(this.#member.node.id, found, own);
    this.#listener.refused(this.#member, error);
    throw error;
  }

  async #readClock(transfer: StateTransfer): Promise<void> {
    const { clock } = this.#config;
    const sentAt = clock.now();
    const time = await this.#ask(() => (transfer as Required<StateTransfer>).time());
    this.#member.noteClock(time, sentAt, clock.now());
  }

  /** Asked before anybody writes to it, but waited for by nobody who only uses it. */
  async #wasEmpty(): Promise<boolean | undefined> {
    try {
      return await this.#isEmpty(this.#unheard);
    } catch {
      // It cannot list its keys, or not so soon: it may be used all the same.
      return undefined;
    }
  }

  async #isEmpty(caller = this.#uncounted): Promise<boolean> {
    const listing = this.#member.cache.keys()[Symbol.asyncIterator]();
    try {
      return (await this.#ask(() => listing.next(), caller)).done === true;
    } finally {
      void listing.return?.().catch(() => {});
    }
  }

  #ask<T>(
    question: (cache: LeaderboardCache) => Promise<T>,
    caller: Caller = this.#uncounted,
  ): Promise<T> {
    return this.#limit.watch(start(question, this.#member.cache), caller, undefined);
  }
}
