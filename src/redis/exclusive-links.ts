import type { Clock } from "../engine/clock.ts";
import { CacheError, type CacheErrorCode } from "../errors.ts";
import type { Link } from "./port.ts";
import { closed, connectionError } from "./server-errors.ts";

/** How many links there are at most; further work waits in line. */
const EXCLUSIVE_LINKS_MAX = 4;

/**
 * How long a link may lie idle, milliseconds: what stands between may have forgotten one that lay longer, and
 * it is not found out but by work that gets no answer.
 */
const IDLE_MS_MAX = 10_000;

/** What work may fail with on a link whose state is unknown afterwards. */
const UNSETTLED: ReadonlySet<CacheErrorCode> = new Set(["CONNECTION_FAILED", "TIMEOUT", "CLOSED"]);

/** One who waits until a link is free. */
interface Waiting {
  readonly begin: () => void;
  readonly refuse: (error: unknown) => void;
}

/** A link that nobody uses now. */
interface IdleLink {
  readonly link: Link;
  readonly since: number;
}

/** How links of their own are opened, and who hears of their end. */
export interface ExclusiveLinksOptions {
  readonly clock: Clock;
  open(): Promise<Link>;
  /** Hears of each link that was given up, or that ended. */
  left(link: Link): void;
}

/**
 * A few links, each for one piece of work at a time: WATCH holds for a whole connection. A link is
 * used again by the next work unless the last one left it in an unknown state.
 */
export class ExclusiveLinks {
  readonly #options: ExclusiveLinksOptions;
  readonly #links = new Set<Link>();
  #idle: IdleLink[] = [];
  #line: Waiting[] = [];
  #working = 0;
  /** Grows when all links are given up, those that are being opened included. */
  #generation = 0;
  #isClosed = false;

  constructor(options: ExclusiveLinksOptions) {
    this.#options = options;
  }

  /** The outcome of work on a link that nobody else sends on meanwhile. */
  async run<T>(work: (link: Link) => Promise<T>): Promise<T> {
    if (this.#isClosed) throw closed();
    await this.#turn();
    try {
      return await this.#runNow(work);
    } finally {
      const next = this.#line.shift();
      if (next === undefined) this.#working--;
      else next.begin();
    }
  }

  /** Gives up all links at once; work that is under way or waits fails with `CONNECTION_FAILED`. */
  destroy(): void {
    this.#generation++;
    const line = this.#line;
    this.#line = [];
    for (const { refuse } of line) refuse(lost());
    for (const link of this.#links) this.#drop(link);
  }

  /** Ends all links when the work that has come so far is done. */
  async close(): Promise<void> {
    this.#isClosed = true;
    // Whoever has all places, and never gives one back, is the last.
    const last = Array.from({ length: EXCLUSIVE_LINKS_MAX }, () => this.#turn());
    await Promise.allSettled(last);
    await Promise.allSettled([...this.#links].map((link) => link.close()));
  }

  async #runNow<T>(work: (link: Link) => Promise<T>): Promise<T> {
    const link = this.#reused() ?? (await this.#open());
    try {
      const outcome = await work(link);
      this.#giveBack(link);
      return outcome;
    } catch (error) {
      if (error instanceof CacheError && !UNSETTLED.has(error.code)) this.#giveBack(link);
      else this.#drop(link);
      throw error;
    }
  }

  /** The link that was used last, unless all have lain idle for too long. */
  #reused(): Link | undefined {
    const { link, since } = this.#idle.pop() ?? {};
    if (link === undefined || since === undefined) return undefined;
    if (this.#options.clock.now() - since <= IDLE_MS_MAX) return link;
    this.#drop(link);
    for (const { link: older } of this.#idle) this.#drop(older);
    return undefined;
  }

  async #open(): Promise<Link> {
    const generation = this.#generation;
    const link = await this.#options.open();
    this.#links.add(link);
    const drop = () => this.#drop(link);
    link.ended.then(drop, drop);
    if (generation === this.#generation) return link;
    this.#drop(link);
    throw lost();
  }

  #giveBack(link: Link): void {
    if (!this.#links.has(link)) return;
    // Whatever the work has left watched does not disturb the next one.
    link.send(["UNWATCH"]).catch(() => this.#drop(link));
    this.#idle.push({ link, since: this.#options.clock.now() });
  }

  #drop(link: Link): void {
    if (!this.#links.delete(link)) return;
    this.#idle = this.#idle.filter((idle) => idle.link !== link);
    this.#options.left(link);
    link.destroy();
  }

  /** Waits in line for a place: for that of the next one who is done, if all are taken. */
  async #turn(): Promise<void> {
    if (this.#working < EXCLUSIVE_LINKS_MAX) this.#working++;
    else await new Promise<void>((begin, refuse) => void this.#line.push({ begin, refuse }));
  }
}

function lost(): CacheError {
  return connectionError(new Error("The connection to the server was given up"));
}
