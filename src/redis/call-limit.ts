import type { Timers } from "../cache/platform.ts";
import { TIMER_MS_MAX } from "../cache/sweeper.ts";
import type { Clock } from "../engine/clock.ts";
import { CacheError } from "../errors.ts";

/** A call that did not begin at once. */
export interface Turn {
  hasBegun: boolean;
  /** Told when it is given up, whether or not it has begun. */
  onTimeout(): void;
}

/** A call under way, in the list of all of them. */
class PendingCall {
  readonly reject: (reason: CacheError) => void;
  readonly isLimited: boolean;
  readonly turn: Turn | undefined;
  /** When it began, or was last looked at, in milliseconds of the clock. */
  since: number;
  /** How many calls had settled by then. */
  settledBefore: number;
  isListed = true;
  previous: PendingCall | undefined = undefined;
  next: PendingCall | undefined = undefined;

  constructor(
    reject: (reason: CacheError) => void,
    isLimited: boolean,
    turn: Turn | undefined,
    since: number,
    settledBefore: number,
  ) {
    this.reject = reject;
    this.isLimited = isLimited;
    this.turn = turn;
    this.since = since;
    this.settledBefore = settledBefore;
  }
}

/** What a {@link CallLimit} is made of. */
export interface CallLimitConfig {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly timeoutMs: number;
  /** Told when a call that was sent has waited for the whole limit; whether nothing at all was answered. */
  readonly onOverdue: (isSilent: boolean) => void;
}

/**
 * The time limit of a cache's calls. It is the same for all of them, so they pass it in the order in which
 * they began: one list and one timer serve any number of them.
 *
 * A call that has passed it rejects with `TIMEOUT`; if it was sent, it may have been carried out, or be
 * carried out later.
 *
 * What a distributed cache sets to the calls of its nodes is of another kind: it says to whoever made a write
 * when it was given up and when it settled late. All that the two have in common is that calls wait in a list.
 */
export class CallLimit {
  readonly #config: CallLimitConfig;
  #head: PendingCall | undefined;
  #tail: PendingCall | undefined;
  /** How many calls were watched, have failed by now, and have timed out. */
  calls = 0;
  errors = 0;
  timeouts = 0;
  #settledCalls = 0;
  #timer: unknown;
  #isArmed = false;
  #isStopped = false;

  constructor(config: CallLimitConfig) {
    this.#config = config;
  }

  /**
   * The outcome of a call, or `TIMEOUT`.
   * @param isLimited whether it may time out; if not, it is only watched for the connection's sake
   */
  watch<T>(pending: Promise<T>, isLimited: boolean, turn?: Turn): Promise<T> {
    this.calls++;
    return new Promise<T>((resolve, reject) => {
      const now = this.#config.clock.now();
      const call = new PendingCall(reject, isLimited, turn, now, this.#settledCalls);
      this.#append(call);
      pending.then(
        (reply) => resolve(this.#settled(call, reply)),
        (error: unknown) => reject(this.#failed(call, error)),
      );
    });
  }

  /** No timer runs from now on. */
  stop(): void {
    this.#isStopped = true;
    if (this.#isArmed) this.#config.timers.clearTimeout(this.#timer as never);
    this.#isArmed = false;
  }

  #settled<T>(call: PendingCall, outcome: T): T {
    this.#settledCalls++;
    if (call.isListed) this.#remove(call);
    return outcome;
  }

  #failed(call: PendingCall, error: unknown): unknown {
    if (call.isListed) this.errors++;
    return this.#settled(call, error);
  }

  #append(call: PendingCall): void {
    call.previous = this.#tail;
    if (this.#tail === undefined) this.#head = call;
    else this.#tail.next = call;
    this.#tail = call;
    if (!this.#isArmed) this.#arm(this.#config.timeoutMs);
  }

  #remove(call: PendingCall): void {
    if (call.previous === undefined) this.#head = call.next;
    else call.previous.next = call.next;
    if (call.next === undefined) this.#tail = call.previous;
    else call.next.previous = call.previous;
    call.previous = undefined;
    call.next = undefined;
  }

  #arm(ms: number): void {
    if (this.#isStopped || ms === Infinity) return;
    this.#isArmed = true;
    this.#timer = this.#config.timers.setTimeout(
      () => this.#giveUpOverdue(),
      Math.min(ms, TIMER_MS_MAX),
    );
  }

  #giveUpOverdue(): void {
    const { clock, timeoutMs, onOverdue } = this.#config;
    const now = clock.now();
    // Those that are only watched go to the end of the list: each is looked at once.
    const last = this.#tail;
    let isSilent: boolean | undefined;
    for (let call = this.#head; call !== undefined; call = this.#head) {
      if (call.since + timeoutMs > now) break;
      if (call.turn?.hasBegun !== false) {
        isSilent = isSilent === true || call.settledBefore === this.#settledCalls;
      }
      this.#remove(call);
      if (call.isLimited) this.#timeOut(call);
      else {
        call.since = now;
        call.settledBefore = this.#settledCalls;
        this.#append(call);
      }
      if (call === last) break;
    }
    this.#isArmed = false;
    // The timer may fire early by a fraction of a millisecond.
    if (this.#head !== undefined) this.#arm(Math.max(1, this.#head.since + timeoutMs - now));
    if (isSilent !== undefined) onOverdue(isSilent);
  }

  #timeOut(call: PendingCall): void {
    call.isListed = false;
    this.errors++;
    this.timeouts++;
    call.turn?.onTimeout();
    const end =
      call.turn?.hasBegun === false
        ? "and the call was not sent"
        : "though the call may have been carried out";
    call.reject(
      new CacheError(
        "TIMEOUT",
        `Cannot wait for the server: it must answer within ${this.#config.timeoutMs} ms: received nothing, ${end}`,
      ),
    );
  }
}
