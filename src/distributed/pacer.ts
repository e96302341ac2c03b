import { setImmediate } from "node:timers";
import { CacheError, show } from "../errors.ts";
import type { DistributedConfig } from "./options.ts";

/** How long background work goes on without letting others run, in milliseconds. */
const SLICE_MS = 1;
const MS_PER_S = 1000;
/** The clock is looked at each eighth time. */
const CLOCK_MASK = 7;
/** Things done, or eight times as many looked at, without letting others run: less than a slice, as a rule. */
const DONE_TOGETHER = 32;

/** The pace of background work: it pauses after a millisecond at the latest, and keeps below a rate. */
export class Pacer {
  readonly #config: DistributedConfig;
  readonly #ratePerS: number;
  readonly #startedAt: number;
  #sliceBegan: number;
  #done = 0;
  #asked = 0;
  #sinceYield = 0;

  constructor(config: DistributedConfig, ratePerS: number) {
    this.#config = config;
    this.#ratePerS = ratePerS;
    this.#startedAt = config.clock.now();
    this.#sliceBegan = this.#startedAt;
  }

  /** One more is done. @returns what to wait for before the next one, if anything */
  done(): Promise<void> | undefined {
    this.#done++;
    this.#sinceYield += CLOCK_MASK;
    return this.breathe();
  }

  /** Lets others run where it is time to. */
  readonly breathe = (): Promise<void> | undefined => {
    // Far less is done between two looks at the clock than fits into a slice.
    if (this.#ratePerS === Infinity) {
      const isEnough = ++this.#sinceYield >= DONE_TOGETHER * (CLOCK_MASK + 1);
      if (isEnough && this.#config.isRealTime) return this.#yield();
      if ((++this.#asked & CLOCK_MASK) !== 0) return undefined;
    }
    const now = this.#config.clock.now();
    const aheadMs =
      this.#ratePerS === Infinity
        ? 0
        : (this.#done / this.#ratePerS) * MS_PER_S - (now - this.#startedAt);
    if (aheadMs >= 1) return sleep(this.#config, aheadMs);
    return now - this.#sliceBegan < SLICE_MS ? undefined : this.#yield();
  };

  async #yield(): Promise<void> {
    this.#sinceYield = 0;
    // Timers of the user's may be virtual; then nothing else is to be waited for.
    if (this.#config.isRealTime) await new Promise((resolve) => setImmediate(resolve));
    else await sleep(this.#config, 1);
    this.#sliceBegan = this.#config.clock.now();
  }
}

/** Waits, for somebody who is waited for: the process does not end meanwhile. */
export function sleep({ timers }: DistributedConfig, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = timers.setTimeout(resolve, ms);
    (timer as { ref?: () => void } | null | undefined)?.ref?.();
  });
}

/** A rate of keys, Infinity by default. @throws {CacheError} `INVALID_OPTIONS` */
export function checkRate(maxKeysPerSecond: number | undefined): number {
  if (maxKeysPerSecond === undefined) return Infinity;
  if (typeof maxKeysPerSecond === "number" && maxKeysPerSecond > 0) return maxKeysPerSecond;
  throw new CacheError(
    "INVALID_OPTIONS",
    `Cannot keep this pace: maxKeysPerSecond must be a number above 0: received ${show(maxKeysPerSecond)}`,
  );
}
