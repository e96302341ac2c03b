import type { Timers } from "../cache/platform.ts";

/** Calls on one key (or on all) that were given up and may still land. */
interface Late {
  readonly calls: Map<object, unknown>;
  readonly whenSettled: Promise<void>;
  readonly settle: () => void;
}

/**
 * The writes to one node that were given up but have not settled: until they have, they may land
 * on top of whatever is written after them. A call that stays out for the fence timeout is taken for lost.
 */
export class LateCalls {
  readonly #timers: Timers;
  readonly #fenceMs: number;
  readonly #late = new Map<string | null, Late>();

  constructor(timers: Timers, fenceMs: number) {
    this.#timers = timers;
    this.#fenceMs = fenceMs;
  }

  add(key: string | null, call: object): void {
    let late = this.#late.get(key);
    if (late === undefined) {
      late = newLate();
      this.#late.set(key, late);
    }
    const isBounded = this.#fenceMs !== Infinity;
    const timer = isBounded
      ? this.#timers.setTimeout(() => this.#remove(key, call), this.#fenceMs)
      : undefined;
    late.calls.set(call, timer);
  }

  settled(key: string | null, call: object): void {
    const timer = this.#late.get(key)?.calls.get(call);
    if (timer !== undefined) this.#timers.clearTimeout(timer as never);
    this.#remove(key, call);
  }

  /** All calls were fenced off: none of them can land any more. */
  settleAll(): void {
    for (const [key, { calls }] of this.#late) {
      for (const call of calls.keys()) this.settled(key, call);
    }
  }

  /** Resolves when no call on the key is out; `undefined`: none is. */
  when(key: string): Promise<void> | undefined {
    if (this.#late.size === 0) return undefined;
    const own = this.#late.get(key)?.whenSettled;
    const all = this.#late.get(null)?.whenSettled;
    if (own === undefined) return all;
    return all === undefined ? own : Promise.all([own, all]).then(() => undefined);
  }

  get isEmpty(): boolean {
    return this.#late.size === 0;
  }

  /** The keys of which calls are out, but for those on all keys. */
  *keys(): IterableIterator<string> {
    for (const key of this.#late.keys()) if (key !== null) yield key;
  }

  /** Resolves when no call at all is out. */
  whenAny(): Promise<unknown> | undefined {
    if (this.#late.size === 0) return undefined;
    return Promise.all(Array.from(this.#late.values(), ({ whenSettled }) => whenSettled));
  }

  /** Resolves when no call on all keys is out. */
  whenAll(): Promise<void> | undefined {
    return this.#late.get(null)?.whenSettled;
  }

  #remove(key: string | null, call: object): void {
    const late = this.#late.get(key);
    if (late === undefined || !late.calls.delete(call) || late.calls.size > 0) return;
    this.#late.delete(key);
    late.settle();
  }
}

function newLate(): Late {
  let settle: (() => void) | undefined;
  const whenSettled = new Promise<void>((resolve) => {
    settle = resolve;
  });
  return { calls: new Map(), whenSettled, settle: () => settle?.() };
}
