import { CacheError } from "../errors.ts";
import type { Timers } from "../cache/platform.ts";
import type { Clock } from "../engine/clock.ts";

/** Who makes calls under a time limit, and hears how each of them ended. */
export interface Caller {
  /** The node answered. */
  answered(): void;
  /** The call failed, be it an answer or a failure of the node; nothing came in time: `TIMEOUT`. */
  failedWith(error: unknown): void;
  /** A call that may still change the key (null: any key) was given up; `call` stands for it. */
  abandoned(key: string | null, call: object): void;
  /** Such a call has settled after all. */
  settledLate(key: string | null, call: object): void;
}

/** What is made of the outcome of a call, at once. Neither throws. */
export interface Continuation<T> {
  settled(answer: T): T | Promise<T>;
  failed(error: unknown): T | Promise<T>;
}

/** A call under way, in the list of those that have the same time limit. */
class PendingCall<T> {
  readonly startedAt: number;
  readonly caller: Caller;
  /** What the call may change: a key, null for all of them, undefined for nothing. */
  readonly key: string | null | undefined;
  readonly after: Continuation<T> | undefined;
  readonly resolve: (outcome: T | Promise<T>) => void;
  readonly reject: (reason: unknown) => void;
  isAbandoned = false;
  previous: PendingCall<unknown> | undefined = undefined;
  next: PendingCall<unknown> | undefined = undefined;

  constructor(
    startedAt: number,
    caller: Caller,
    key: string | null | undefined,
    after: Continuation<T> | undefined,
    resolve: (outcome: T | Promise<T>) => void,
    reject: (reason: unknown) => void,
  ) {
    this.startedAt = startedAt;
    this.caller = caller;
    this.key = key;
    this.after = after;
    this.resolve = resolve;
    this.reject = reject;
  }

  succeed(answer: T): void {
    this.caller.answered();
    this.resolve(this.after === undefined ? answer : this.after.settled(answer));
  }

  fail(error: unknown): void {
    this.caller.failedWith(error);
    this.giveUp(error);
  }

  giveUp(error: unknown): void {
    if (this.after === undefined) this.reject(error);
    else this.resolve(this.after.failed(error));
  }
}

/**
 * The time limit of calls to nodes. All calls under one limit end in the order in which they
 * began, so a list and a single timer serve any number of them; a call that settles in time costs
 * one reading of the clock.
 *
 * A call that passes its limit rejects with `TIMEOUT`, but it may still be carried out later: whoever made
 * a write is told when it was given up and when it settled.
 *
 * The cache over a Redis client has a time limit of its own kind: it looks at a connection, whether it
 * answers at all, and at calls that were not sent yet. All that the two have in common is that calls wait in a list.
 */
export class TimeLimit {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #limitMs: number;
  #head: PendingCall<unknown> | undefined;
  #tail: PendingCall<unknown> | undefined;
  #timer: unknown;
  /** There is a timer, or what it does is being done. */
  #isArmed = false;
  #isStopped = false;

  constructor(clock: Clock, timers: Timers, limitMs: number) {
    this.#clock = clock;
    this.#timers = timers;
    this.#limitMs = limitMs;
  }

  /**
   * The outcome of a call, or `TIMEOUT`; the caller hears of it first.
   * @param key what the call may change: a key, null for all of them, undefined for nothing
   * @param after what is made of it; by default it is what it is
   */
  watch<T>(
    pending: Promise<T>,
    caller: Caller,
    key: string | null | undefined,
    after?: Continuation<T>,
  ): Promise<T> {
    if (this.#isStopped) {
      pending.catch(() => {});
      return Promise.reject(closed());
    }
    return new Promise<T>((resolve, reject) => {
      const call = new PendingCall<T>(this.#clock.now(), caller, key, after, resolve, reject);
      this.#add(call as PendingCall<unknown>);
      pending.then(
        (answer) => this.#succeed(call as PendingCall<unknown>, answer),
        (error: unknown) => this.#fail(call as PendingCall<unknown>, error),
      );
    });
  }

  /** Gives up all calls that are under way, and any that may come: nobody will be there for their outcome. */
  stop(): void {
    this.#isStopped = true;
    if (this.#isArmed) this.#timers.clearTimeout(this.#timer as never);
    this.#isArmed = false;
    for (let call = this.#head; call !== undefined; call = this.#head) {
      this.#unlink(call);
      call.isAbandoned = true;
      call.giveUp(closed());
    }
  }

  #add(call: PendingCall<unknown>): void {
    call.previous = this.#tail;
    if (this.#tail === undefined) this.#head = call;
    else this.#tail.next = call;
    this.#tail = call;
    if (!this.#isArmed && this.#limitMs !== Infinity) this.#arm(this.#limitMs);
  }

  #succeed(call: PendingCall<unknown>, answer: unknown): void {
    if (this.#endsInTime(call)) call.succeed(answer);
  }

  #fail(call: PendingCall<unknown>, error: unknown): void {
    if (this.#endsInTime(call)) call.fail(error);
  }

  #endsInTime(call: PendingCall<unknown>): boolean {
    if (!call.isAbandoned) {
      this.#unlink(call);
      return true;
    }
    if (call.key !== undefined) call.caller.settledLate(call.key, call);
    return false;
  }

  #unlink(call: PendingCall<unknown>): void {
    if (call.previous === undefined) {
      if (this.#head === call) this.#head = call.next;
    } else call.previous.next = call.next;
    if (call.next === undefined) {
      if (this.#tail === call) this.#tail = call.previous;
    } else call.next.previous = call.previous;
    call.previous = undefined;
    call.next = undefined;
  }

  #arm(ms: number): void {
    this.#isArmed = true;
    this.#timer = this.#timers.setTimeout(() => this.#giveUp(), ms);
  }

  #giveUp(): void {
    const now = this.#clock.now();
    let call = this.#head;
    while (call !== undefined && call.startedAt + this.#limitMs <= now) {
      this.#unlink(call);
      call.isAbandoned = true;
      const error = new CacheError(
        "TIMEOUT",
        `Cannot wait for the node: it must answer within ${this.#limitMs} ms: received nothing`,
      );
      if (call.key !== undefined) call.caller.abandoned(call.key, call);
      call.fail(error);
      call = this.#head;
    }
    // What was made of a failure may have been another call: none of them sets a second timer.
    this.#isArmed = false;
    // The timer may fire early by a fraction of a millisecond.
    if (call !== undefined) this.#arm(Math.max(1, call.startedAt + this.#limitMs - now));
  }
}

function closed(): CacheError {
  return new CacheError(
    "CLOSED",
    "Cannot wait for the node: the cache must be open: received a close before its answer",
  );
}
