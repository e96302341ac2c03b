import type { LeaderboardCache } from "../cache/leaderboard-contract.ts";
import type { Cluster } from "./cluster.ts";
import { allOwnersFailed, closedMeanwhile, isNodeFailure } from "./failure.ts";
import type { Member } from "./member.ts";
import { sleep } from "./pacer.ts";
import type { Replicator } from "./replicator.ts";
import type { Continuation } from "./time-limit.ts";
import type { Owners, Topology } from "./topology.ts";

type Run<T> = (cache: LeaderboardCache) => Promise<T>;

/** What a call that never got an answer has instead. */
const NO_ANSWER = Symbol("no answer");

/** A read of one key from its first owner: looked at again if that fails, or gave the key away meanwhile. */
class PlainRead<T> implements Continuation<T> {
  readonly #reader: Reader;
  readonly #topology: Topology;
  readonly #epoch: number;
  readonly #key: string;
  readonly #run: Run<T>;
  readonly #member: Member;

  constructor(reader: Reader, topology: Topology, key: string, run: Run<T>, member: Member) {
    this.#reader = reader;
    this.#topology = topology;
    this.#epoch = topology.epoch;
    this.#key = key;
    this.#run = run;
    this.#member = member;
  }

  settled(answer: T): T | Promise<T> {
    if (this.#epoch === this.#topology.epoch) return answer;
    return this.#reader.readInTurn(this.#key, this.#run, undefined);
  }

  failed(error: unknown): Promise<T> {
    if (!isNodeFailure(error)) return Promise.reject(error);
    return this.#reader.readInTurn(this.#key, this.#run, undefined, this.#member, error);
  }
}

/**
 * Reads: finds the owner that may answer, and another one when it does not.
 *
 * Only an owner that is fresh for the key answers; its miss is an answer, too. A read waits for the
 * writes of its key that were called before it. When the key was handed over to other owners while it was
 * being read, the answer may be of a node that has given it away: then it is asked again.
 */
export class Reader {
  readonly #cluster: Cluster;
  readonly #replicator: Replicator;

  constructor(cluster: Cluster, replicator: Replicator) {
    this.#cluster = cluster;
    this.#replicator = replicator;
  }

  /**
   * The answer to a call that changes nothing. @param also further keys that it reads
   * @throws {CacheError} at once where the key is invalid; rejects with `ALL_OWNERS_FAILED`, or
   *   `CLOSED` where the cache was closed before another owner was asked
   */
  read<T>(key: string, run: Run<T>, also?: readonly string[]): Promise<T> {
    const { topology, locks, hasDisputes } = this.#cluster;
    const member = topology.ownersOf(key).primary;
    // This is how almost every read goes: no turn to wait for, nothing that the node may lack.
    if (member.isClearFor(key) && !hasDisputes && also === undefined && locks.isFree(key)) {
      return member.read(run, new PlainRead(this, topology, key, run, member));
    }
    return this.readInTurn(key, run, also);
  }

  /** Reads behind the writes that were called before, and ahead of those called after. */
  async readInTurn<T>(
    key: string,
    run: Run<T>,
    also: readonly string[] | undefined,
    failed?: Member,
    failure?: unknown,
  ): Promise<T> {
    const { locks } = this.#cluster;
    // Nobody waits for a read that only now gets into line: it may have been under way without a turn.
    if (this.#cluster.isClosed) throw closedMeanwhile(failure);
    const keys = also === undefined ? [key] : [...new Set([key, ...also])];
    const turn = locks.share(keys);
    if (turn !== undefined) await turn;
    try {
      return await this.#readCarefully(key, run, also, failed, failure);
    } finally {
      locks.releaseAll(keys);
    }
  }

  async #readCarefully<T>(
    key: string,
    run: Run<T>,
    also: readonly string[] | undefined,
    failed: Member | undefined,
    failure: unknown,
  ): Promise<T> {
    const { topology } = this.#cluster;
    let tried = failed === undefined ? [] : [failed];
    let causes = failed === undefined ? [] : [failure];
    for (;;) {
      const owners = topology.ownersOf(key);
      this.#checkTogether(owners, also);
      const answer = await this.#ask(key, owners, run, also, tried, causes);
      if (topology.ownersOf(key) === owners) {
        if (answer !== NO_ANSWER) return answer;
        throw allOwnersFailed(key, [...causes, ...this.#cluster.reasons(owners, tried)]);
      }
      // A key is handed over once in a change of the ring, so this ends.
      tried = [];
      causes = [];
    }
  }

  /** While the ring changes, keys that belong together may stand apart until all are handed over. */
  #checkTogether(owners: Owners, also: readonly string[] | undefined): void {
    for (const key of also ?? []) {
      if (this.#cluster.topology.ownersOf(key) !== owners) throw allOwnersFailed(key, []);
    }
  }

  /** Asks one owner after the other, as the failover strategy has it. */
  async #ask<T>(
    key: string,
    owners: Owners,
    run: Run<T>,
    also: readonly string[] | undefined,
    tried: Member[],
    causes: unknown[],
  ): Promise<T | typeof NO_ANSWER> {
    const { config } = this.#cluster;
    let attempts = tried.length;
    let again = config.failover === "retry" ? tried.find((m) => owners.includes(m)) : undefined;
    for (;;) {
      if (again !== undefined) {
        if (attempts >= config.retry.attempts) break;
        await this.#pause(attempts);
      }
      const member = again ?? this.#cluster.choose(key, owners, tried, also);
      if (member === undefined) break;
      if (member !== owners.primary) this.#cluster.counts.failovers++;
      try {
        const isReady = await this.prepare(member, key, owners, also);
        if (isReady || (member === again && member.isFreshFor(key, owners))) {
          const answer = await member.read(run);
          // Another owner may have answered a write meanwhile, and be the one that is right.
          if (member.isFreshFor(key, owners)) {
            if (this.#cluster.hasDisputes) this.#cluster.decide(key, owners, member);
            return answer;
          }
        }
        again = undefined;
        continue;
      } catch (error) {
        if (!isNodeFailure(error)) throw error;
        causes.push(error);
      }
      attempts++;
      if (config.failover === "retry") again = member;
      else tried.push(member);
    }
    return config.failover === "all-nodes" ? this.#askOthers(key, owners, run, causes) : NO_ANSWER;
  }

  /**
   * Makes a node ready to serve a key or to act for it: it is the incarnation that it is taken for, it has
   * what waits for it, and no write that was given up can land any more.
   * @returns whether it may
   */
  async prepare(
    member: Member,
    key: string,
    owners: Owners,
    also?: readonly string[],
  ): Promise<boolean> {
    if (!member.isTrusted) await this.#cluster.trust(member);
    await this.#finish(member, key);
    let isFresh = member.isFreshFor(key, owners);
    for (const other of also ?? []) {
      await this.#finish(member, other);
      isFresh &&= member.isFreshFor(other, owners);
    }
    return member.isReachable && isFresh;
  }

  async #finish(member: Member, key: string): Promise<void> {
    const late = member.late.when(key);
    if (late !== undefined) await late;
    if (member.behind.isQueued(key)) await this.#replicator.finish(member, key);
  }

  /** Asks nodes that do not own the key: what they have is taken, what they lack says nothing. */
  async #askOthers<T>(
    key: string,
    owners: Owners,
    run: Run<T>,
    causes: unknown[],
  ): Promise<T | typeof NO_ANSWER> {
    for (const member of this.#cluster.topology.members.values()) {
      if (owners.includes(member) || !member.isReachable) continue;
      try {
        await this.#cluster.trust(member);
        // What it did not own any more it may not have been told to delete.
        if (!member.isClearFor(key) || member.hasStrangers) continue;
        const answer = await member.read(run);
        if (isHit(answer)) return answer;
      } catch (error) {
        causes.push(error);
      }
    }
    return NO_ANSWER;
  }

  #pause(attempts: number): Promise<void> {
    const { config } = this.#cluster;
    const ms = config.retry.backoffMs * 2 ** (attempts - 1);
    return sleep(config, Math.ceil(ms * (0.5 + config.random() / 2)));
  }
}

/** Whether an answer is more than "there is no such key". */
function isHit(answer: unknown): boolean {
  if (Array.isArray(answer)) return answer.some(isHit);
  return answer !== undefined && answer !== false && answer !== 0;
}
