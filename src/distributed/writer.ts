import { CacheError } from "../errors.ts";
import type { Change } from "./change.ts";
import type { Cluster } from "./cluster.ts";
import { allOwnersFailed, isNodeFailure, isRefusal, isSilence, partialWrite } from "./failure.ts";
import type { Member } from "./member.ts";
import type { Reader } from "./reader.ts";
import type { Acknowledgements, Replicator } from "./replicator.ts";
import type { Continuation } from "./time-limit.ts";
import type { Owners } from "./topology.ts";
import { Attempts, readBack, ReadBackFailure } from "./write-attempts.ts";

/** A write of one key, as the coordinator carries it out. */
export interface KeyWrite<T> {
  readonly key: string;
  /** Further keys that it reads or may change, with the same owners. */
  readonly also?: readonly string[];
  /** The key that it changed, where that is not `key`. */
  changedKey?(result: T): string;
  /** Whether doing it twice is another thing than doing it once. */
  readonly isRelative: boolean;
  /** Whether it is one call to the node, so that what follows can be done as soon as that ends. */
  readonly isOneCall: boolean;
  /** Does it, on the owner that acts. @param after for one call: what is made of its outcome */
  run(member: Member, after?: Continuation<T>): Promise<T>;
  /** What the other owners are to be told after it; `undefined`: nothing has changed. */
  change(result: T, member: Member): Change | undefined | Promise<Change | undefined>;
}

/** A write of one key on its first owner, while all owners are well: what follows on it. */
class PlainWrite<T> implements Continuation<T> {
  readonly #writer: Writer;
  readonly #write: KeyWrite<T>;
  readonly #owners: Owners;
  readonly #restarts: number;

  constructor(writer: Writer, write: KeyWrite<T>, owners: Owners) {
    this.#writer = writer;
    this.#write = write;
    this.#owners = owners;
    this.#restarts = owners.primary.restarts;
  }

  settled(result: T): T | Promise<T> {
    this.#owners.primary.acted(this.#write.key, this.#restarts);
    return this.#writer.conclude(this.#write, this.#owners, result, this.#restarts);
  }

  failed(error: unknown): Promise<T> {
    return this.#writer.concludeFailure(this.#write, this.#owners, error);
  }
}

/** Hands a key over to its new owners while the ring changes; the key's turn is the caller's. */
export interface HandOver {
  handOver(key: string): Promise<void>;
}

const NOBODY: readonly Member[] = [];

/**
 * Writes: finds the owner that acts, carries the write out there once, and tells the other owners
 * what it left behind.
 *
 * - *Order.* One write of a key at a time; who called first comes first.
 * - *Failure.* An owner that fails is dirty for the key, whether or not it did the write before, and the next one
 *   acts: what the first did is overwritten and cannot count twice. Only after silence a relative
 *   write is not tried elsewhere: the caller has waited, and decides.
 * - *All fail.* Then nobody is dirty, since the write may be anywhere or nowhere: the key is
 *   disputed, and the first owner to answer is right.
 */
export class Writer {
  readonly #cluster: Cluster;
  readonly #reader: Reader;
  readonly #replicator: Replicator;
  readonly #handOver: HandOver;

  constructor(cluster: Cluster, reader: Reader, replicator: Replicator, handOver: HandOver) {
    this.#cluster = cluster;
    this.#reader = reader;
    this.#replicator = replicator;
    this.#handOver = handOver;
  }

  /** Waits for the key's turn, and writes. @throws {CacheError} at once for a key that cannot be one */
  write<T>(write: KeyWrite<T>, signal?: AbortSignal): Promise<T> {
    const { key } = write;
    const owners = this.#cluster.topology.ownersOf(key);
    if (write.also !== undefined) {
      return this.#writeSeveral(write, [...new Set([key, ...write.also])], signal);
    }
    // This is how almost every write goes: no turn to wait for, and all owners are well.
    const isPlain = write.isOneCall && signal === undefined && this.#isPlain(key, owners);
    if (isPlain && this.#cluster.locks.tryAcquire(key)) {
      try {
        return write.run(owners.primary, new PlainWrite(this, write, owners));
      } catch (error) {
        // Only what the user gave can throw here: a clock.
        this.#cluster.locks.release(key);
        throw error;
      }
    }
    return this.#writeOne(write, signal);
  }

  #isPlain(key: string, owners: Owners): boolean {
    const { topology, hasDisputes, config } = this.#cluster;
    if (topology.move !== undefined || hasDisputes) return false;
    if (!owners.primary.isClearFor(key)) return false;
    return config.replication !== "sync" || this.#canAcknowledge(owners);
  }

  #canAcknowledge(owners: Owners): boolean {
    for (const member of owners.members) if (!member.takesWrites) return false;
    return owners.members.length >= this.#cluster.config.writeQuorum;
  }

  /** The first owner has done a write: tells the others, and gives the key back. */
  conclude<T>(write: KeyWrite<T>, owners: Owners, result: T, restarts: number): T | Promise<T> {
    const acting = owners.primary;
    const change = owners.members.length === 1 ? undefined : write.change(result, acting);
    if (change !== undefined) {
      if (change instanceof Promise)
        return this.#concludeLater(write, owners, result, change, restarts);
      if (this.#cluster.config.replication === "sync") {
        const other = owners.members[1] as Member;
        return owners.members.length === 2 && other.isClearFor(write.key)
          ? this.#concludeWith(other, write, owners, result, change, restarts)
          : this.#concludeLater(write, owners, result, change, restarts);
      }
      this.#replicator.later(write.key, owners, change, acting, NOBODY);
    }
    this.#cluster.locks.release(write.key);
    return result;
  }

  /** Tells the only other owner, which is well, and waits for it. */
  async #concludeWith<T>(
    other: Member,
    write: KeyWrite<T>,
    owners: Owners,
    result: T,
    change: Change,
    restarts: number,
  ): Promise<T> {
    const { key } = write;
    try {
      let isTold: boolean;
      try {
        isTold = await this.#replicator.tellPlainly(other, key, change);
      } catch (error) {
        // Whether that is enough is judged as if it were one of many.
        this.#tellNobody(key, owners, owners.primary, error);
        return result;
      }
      // It has forgotten meanwhile what the other one was told.
      if (owners.primary.restarts !== restarts) owners.primary.missAll(key);
      else owners.primary.acted(key, restarts);
      // What it had was not what the change builds on: it is told all.
      if (!isTold) await this.tell(key, owners, change, owners.primary, NOBODY);
      return result;
    } finally {
      this.#cluster.locks.release(key);
    }
  }

  async #concludeLater<T>(
    write: KeyWrite<T>,
    owners: Owners,
    result: T,
    change: Change | Promise<Change | undefined>,
    restarts: number,
  ): Promise<T> {
    const { primary } = owners;
    try {
      const known =
        change instanceof Promise ? await readBack(write.key, change, primary, restarts) : change;
      if (known !== undefined) await this.tell(write.key, owners, known, primary, NOBODY);
      return result;
    } catch (error) {
      if (!(error instanceof ReadBackFailure)) throw error;
      return await this.#concludeReadBack(write, owners, result, error.cause);
    } finally {
      this.#cluster.locks.release(write.key);
    }
  }

  /** The first owner has done a write, but cannot say what it left: it is done elsewhere, if it can be. */
  async #concludeReadBack<T>(
    write: KeyWrite<T>,
    owners: Owners,
    result: T,
    error: unknown,
  ): Promise<T> {
    const { primary } = owners;
    const next = this.#cluster.choose(write.key, owners, [primary]);
    if (!isNodeFailure(error) || next === undefined) {
      this.#tellNobody(write.key, owners, primary, error);
      return result;
    }
    const attempts = new Attempts();
    attempts.add(primary, error, true);
    return this.#writeCarefully(write, owners, attempts);
  }

  /** The first owner has failed at a write: tries the others, and gives the key back. */
  async concludeFailure<T>(write: KeyWrite<T>, owners: Owners, error: unknown): Promise<T> {
    try {
      if (!isNodeFailure(error)) throw error;
      return await this.writeAfter(write, owners, owners.primary, error);
    } finally {
      this.#cluster.locks.release(write.key);
    }
  }

  #writeOne<T>(write: KeyWrite<T>, signal: AbortSignal | undefined): Promise<T> {
    return this.#cluster.locks.inTurn(write.key, async () => {
      // Who no longer wants it while it has not begun does not get it.
      signal?.throwIfAborted();
      return this.writeInTurn(write);
    });
  }

  async #writeSeveral<T>(
    write: KeyWrite<T>,
    keys: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const { locks } = this.#cluster;
    const turn = locks.acquireAll(keys);
    if (turn !== undefined) await turn;
    try {
      signal?.throwIfAborted();
      return await this.writeInTurn(write);
    } finally {
      locks.releaseAll(keys);
    }
  }

  /** Writes a key whose turn is the caller's. */
  async writeInTurn<T>(write: KeyWrite<T>): Promise<T> {
    const { topology, config } = this.#cluster;
    if (topology.move !== undefined) {
      for (const key of keysOf(write)) await this.#handOver.handOver(key);
    }
    const owners = topology.ownersOf(write.key);
    for (const other of write.also ?? []) {
      // One of them could not be handed over: it stands elsewhere for a while.
      if (topology.ownersOf(other) !== owners) throw allOwnersFailed(other, []);
    }
    if (config.replication === "sync") this.checkQuorum(owners);
    return this.#writeCarefully(write, owners, new Attempts());
  }

  /** Writes a key whose turn is the caller's, after an owner has failed at it. */
  writeAfter<T>(write: KeyWrite<T>, owners: Owners, failed: Member, error: unknown): Promise<T> {
    const attempts = new Attempts();
    attempts.add(failed, error, !isRefusal(error));
    if (write.isRelative && isSilence(error)) return this.#failAll(write, owners, attempts);
    return this.#writeCarefully(write, owners, attempts);
  }

  /** Hands a key over that is about to be written, while the ring changes. */
  handOver(key: string): Promise<void> {
    return this.#handOver.handOver(key);
  }

  /**
   * @throws {CacheError} `INSUFFICIENT_REPLICAS` where it is known that too few owners can acknowledge; the
   *   `cause` holds why each of the others cannot
   */
  checkQuorum(owners: Owners): void {
    const { writeQuorum } = this.#cluster.config;
    let usable = 0;
    for (const member of owners.members) if (member.takesWrites) usable++;
    if (usable >= writeQuorum) return;
    this.#cluster.counts.replicationFailures += owners.members.length - usable;
    const well = owners.members.filter(({ takesWrites }) => takesWrites);
    const causes = this.#cluster.reasons(owners, well);
    throw new CacheError(
      "INSUFFICIENT_REPLICAS",
      `Cannot write: ${writeQuorum} owners must acknowledge it: received ${usable} that can`,
      { cause: new AggregateError(causes, "why the other owners cannot") },
    );
  }

  /** Tries the owners in order, but for those that failed already. */
  async #writeCarefully<T>(write: KeyWrite<T>, owners: Owners, attempts: Attempts): Promise<T> {
    const { key, also } = write;
    for (;;) {
      const member = this.#cluster.choose(key, owners, attempts.members, also);
      if (member === undefined) break;
      let isSent = false;
      let isDone = false;
      try {
        if (!(await this.#reader.prepare(member, key, owners, also))) continue;
        isSent = true;
        const { restarts } = member;
        const result = await write.run(member);
        isDone = true;
        member.acted(write.changedKey?.(result) ?? key, restarts);
        if (member !== owners.primary) this.#cluster.counts.failovers++;
        return await this.#concludeAt(write, owners, result, member, restarts, attempts);
      } catch (error) {
        if (error instanceof ReadBackFailure) {
          // It is done there and nowhere else; the node is dirty, and it is done again elsewhere.
          attempts.add(member, error.cause, true);
        } else if (isDone) {
          // Not a word of the node: too few others have acknowledged it.
          throw error;
        } else if (isNodeFailure(error)) {
          attempts.add(member, error, isSent && !isRefusal(error));
          if (isSent && write.isRelative && isSilence(error)) break;
        } else {
          // An answer, be it one that says no.
          if (isSent) this.#settleAttempts(write, owners, attempts, member);
          throw error;
        }
      }
    }
    return this.#failAll(write, owners, attempts);
  }

  /** An owner has done the write: those that failed before it are dirty, and the others are told. */
  async #concludeAt<T>(
    write: KeyWrite<T>,
    owners: Owners,
    result: T,
    acting: Member,
    restarts: number,
    attempts: Attempts,
  ): Promise<T> {
    const key = write.changedKey?.(result) ?? write.key;
    let change: Change | undefined;
    let failure: unknown;
    if (owners.members.length > 1) {
      try {
        change = await readBack(key, write.change(result, acting), acting, restarts);
      } catch (error) {
        failure = (error as ReadBackFailure).cause;
        const others = [...attempts.members, acting];
        const next = this.#cluster.choose(write.key, owners, others, write.also);
        if (isNodeFailure(failure) && next !== undefined) throw error;
      }
    }
    this.#settleAttempts(write, owners, attempts, acting);
    try {
      // Nobody knows what it left: the others are dirty.
      if (failure !== undefined) this.#tellNobody(key, owners, acting, failure);
      else if (change !== undefined) await this.tell(key, owners, change, acting, attempts.members);
    } finally {
      attempts.noteBegun(keysOf(write));
    }
    return result;
  }

  /** An owner answered: those that failed before it may have the write or not. */
  #settleAttempts<T>(write: KeyWrite<T>, owners: Owners, attempts: Attempts, acting: Member): void {
    for (const key of keysOf(write)) {
      this.#cluster.decide(key, owners, acting);
      for (const member of attempts.uncertain) member.miss(key);
    }
  }

  /** No owner answered: what is known of who has the write now, and the error for the caller. */
  async #failAll<T>(write: KeyWrite<T>, owners: Owners, attempts: Attempts): Promise<never> {
    const { key, also } = write;
    const { members, causes, uncertain } = attempts;
    this.#cluster.counts.replicationFailures += owners.members.length;
    const next = this.#cluster.choose(key, owners, members, also);
    for (const each of keysOf(write)) {
      if (next !== undefined) for (const member of uncertain) member.miss(each);
      else if (uncertain.size > 0 && owners.members.length > 1) {
        this.#cluster.dispute(each, owners);
      }
    }
    attempts.noteBegun(keysOf(write));
    const last = causes.at(-1);
    if (write.isRelative && isSilence(last)) throw last;
    throw allOwnersFailed(key, [...causes, ...this.#cluster.reasons(owners, members)]);
  }

  /** Tells the other owners of a change, now or later as the mode has it. */
  tell(
    key: string,
    owners: Owners,
    change: Change,
    acting: Member,
    tried: readonly Member[],
  ): Promise<void> | undefined {
    if (this.#cluster.config.replication === "sync") {
      return this.#tellNow(key, owners, change, acting, tried);
    }
    this.#replicator.later(key, owners, change, acting, tried);
    return undefined;
  }

  async #tellNow(
    key: string,
    owners: Owners,
    change: Change,
    acting: Member,
    tried: readonly Member[],
  ): Promise<void> {
    this.#checkAcknowledged(await this.#replicator.now(key, owners, change, acting, tried));
  }

  #tellNobody(key: string, owners: Owners, acting: Member, error: unknown): void {
    const result: Acknowledgements = { applied: [acting.id], failed: [], causes: [error] };
    for (const member of owners.members) {
      if (member === acting) continue;
      this.#cluster.counts.replicationFailures++;
      member.miss(key);
      result.failed.push(member.id);
    }
    this.#checkAcknowledged(result);
  }

  #checkAcknowledged({ applied, failed, causes }: Acknowledgements): void {
    if (applied.length >= this.#cluster.config.writeQuorum) return;
    throw partialWrite(applied, failed, causes);
  }
}

function keysOf<T>({ key, also }: KeyWrite<T>): readonly string[] {
  return also === undefined ? [key] : [key, ...also];
}
