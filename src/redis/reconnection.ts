import type { Timers } from "../cache/platform.ts";
import type { Clock } from "../engine/clock.ts";
import { CacheError } from "../errors.ts";
import type { Random } from "../structures/random.ts";
import type { Link } from "./port.ts";
import { closed, connectionError } from "./server-errors.ts";

/** How long after the first failed attempt the next one begins, milliseconds; it doubles each time. */
const BACKOFF_MS_MIN = 50;
/** The longest wait between two attempts, milliseconds. */
const BACKOFF_MS_MAX = 1000;
/** How much of a wait is left to chance, so that many clients do not come back at one moment. */
const JITTER = 0.5;
/** A link that lived for less than this, milliseconds, says little about the server's health. */
const STABLE_MS = 1000;
/** How many links in a row may be lost that soon until the next one has to wait as after a failure. */
const QUICK_LOSSES_MAX = 3;

/** What a {@link Reconnection} works with. */
export interface ReconnectionOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  /** How a link is opened, until it can be used. */
  open(): Promise<Link>;
  /** Hears of each link that can be used from now on. */
  opened(link: Link): void;
  /** Hears of each link that cannot be used any more, at once. */
  lost(link: Link): void;
  readonly random: Random;
}

/**
 * The one link that everybody shares, and its successors: it is opened when it is first needed, and
 * the next attempt begins in the moment in which it is lost.
 *
 * Whoever needs it during an attempt waits for its outcome. Once an attempt has failed, everybody is
 * refused at once, by what it failed with, until another one succeeds; those follow by themselves, at
 * longer and longer intervals, as long as somebody asks. When nobody does, nothing runs, and the next
 * one who comes begins an attempt and waits for it.
 */
export class Reconnection {
  readonly #options: ReconnectionOptions;
  /** The link that is up, for whoever cannot wait. */
  present: Link | undefined;
  #attempt: Promise<Link> | undefined;
  #failure: CacheError | undefined;
  /** Failed attempts and quick losses since a link was last stable. */
  #failures = 0;
  #quickLosses = 0;
  #openedAt = 0;
  #timer: unknown;
  #isResting = false;
  #isWanted = false;
  #isClosed = false;

  constructor(options: ReconnectionOptions) {
    this.#options = options;
  }

  /** The link that is up, or will be after the attempt of now. Those who wait get it in their order. */
  link(): Promise<Link> {
    if (this.#isClosed) return Promise.reject(closed());
    if (this.present !== undefined) return Promise.resolve(this.present);
    if (this.#failure !== undefined) {
      this.#isWanted = true;
      return Promise.reject(this.#failure);
    }
    return this.#attempt ?? this.#begin();
  }

  /** Gives up the link that is up, if there is one, for a new one. */
  reset(): void {
    const link = this.present;
    if (link === undefined) return;
    this.#lose(link);
    link.destroy();
  }

  /**
   * Nobody gets a link any more.
   * @returns the last one: what is up, or what the attempt of now will give to those who wait for it
   */
  async close(): Promise<Link | undefined> {
    this.#isClosed = true;
    if (this.#isResting) this.#options.timers.clearTimeout(this.#timer as never);
    this.#isResting = false;
    const { present } = this;
    this.present = undefined;
    try {
      return present ?? (await this.#attempt);
    } catch {
      return undefined;
    }
  }

  #begin(): Promise<Link> {
    const attempt = this.#options.open();
    this.#attempt = attempt;
    // These come first, before those who wait for it: later calls do not overtake theirs.
    attempt.then(
      (link) => this.#opened(link),
      (error: unknown) => this.#failed(error),
    );
    return attempt;
  }

  #opened(link: Link): void {
    this.#attempt = undefined;
    if (this.#isClosed) return;
    this.#failure = undefined;
    this.#openedAt = this.#options.clock.now();
    this.present = link;
    link.ended.then(
      () => this.#lose(link),
      () => this.#lose(link),
    );
    this.#options.opened(link);
  }

  #failed(error: unknown): void {
    this.#attempt = undefined;
    this.#failures++;
    this.#rest(error instanceof CacheError ? error : connectionError(error));
  }

  #lose(link: Link): void {
    if (this.present !== link) return;
    this.present = undefined;
    this.#options.lost(link);
    if (this.#options.clock.now() - this.#openedAt >= STABLE_MS) {
      this.#failures = 0;
      this.#quickLosses = 0;
    } else {
      this.#quickLosses++;
    }
    if (this.#quickLosses <= QUICK_LOSSES_MAX) this.#begin().catch(() => {});
    else {
      this.#failures++;
      this.#rest(connectionError(new Error("The connection is lost as soon as it is open")));
    }
  }

  /** Everybody is refused; after a while it is tried again. */
  #rest(failure: CacheError): void {
    this.#failure = failure;
    if (this.#isClosed) return;
    const { random, timers } = this.#options;
    const waitMs = Math.min(BACKOFF_MS_MIN * 2 ** (this.#failures - 1), BACKOFF_MS_MAX);
    this.#isWanted = false;
    this.#isResting = true;
    this.#timer = timers.setTimeout(() => this.#resume(), waitMs * (1 - JITTER * random()));
  }

  #resume(): void {
    this.#isResting = false;
    if (this.#isWanted) this.#begin().catch(() => {});
    // What was the matter then says nothing to one who comes much later.
    else this.#failure = undefined;
  }
}
