/** What runs at a virtual moment. */
interface Due {
  run: (() => void) | undefined;
}

/** When every simulation begins, in milliseconds. */
const START_MS = 1_000_000_000;

/**
 * Virtual time for a whole system: a clock, and timers that run in order of their moment, those of
 * one millisecond in the order in which they were set. After each millisecond that had timers all
 * microtasks settle before time goes on: one macrotask of the platform does it, since the platform
 * empties the queue of microtasks between two of them.
 *
 * Moments are whole milliseconds, so that the timers of one moment share a bucket, and a heap
 * orders only the moments. A cleared timer stays in its bucket and does nothing.
 */
export class VirtualWorld {
  readonly clock: { now(): number } = { now: () => this.#now };
  readonly timers: {
    setTimeout(run: () => void, ms: number): unknown;
    clearTimeout(handle: unknown): void;
  } = {
    setTimeout: (run, ms) => this.after(Math.max(1, Math.ceil(ms)), run),
    clearTimeout: (handle) => {
      if (typeof handle === "object" && handle !== null) (handle as Due).run = undefined;
    },
  };

  readonly #buckets = new Map<number, Due[]>();
  readonly #moments = new MomentHeap();
  #now = START_MS;
  /** What a timer threw: a simulation ends by it. */
  error: unknown;

  get now(): number {
    return this.#now;
  }

  /** Milliseconds since the beginning. */
  get elapsedMs(): number {
    return this.#now - START_MS;
  }

  /** Runs something after a whole number of milliseconds; 0 is this moment, once all has settled. */
  after(ms: number, run: () => void): Due {
    if (!Number.isFinite(ms)) return { run: undefined };
    const moment = this.#now + ms;
    let bucket = this.#buckets.get(moment);
    if (bucket === undefined) {
      bucket = [];
      this.#buckets.set(moment, bucket);
      this.#moments.push(moment);
    }
    const due: Due = { run };
    bucket.push(due);
    return due;
  }

  /** Resolves after some milliseconds. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.after(ms, resolve));
  }

  /**
   * Lets time pass until something holds, for at most some time.
   * @returns whether it holds
   */
  run(isDone: () => boolean, limitMs: number): Promise<boolean> {
    const end = this.#now + limitMs;
    return new Promise((resolve) => {
      const step = (): void => {
        if (isDone()) resolve(true);
        else if (this.error !== undefined || !this.#fireNext(end)) resolve(isDone());
        else setImmediate(step);
      };
      setImmediate(step);
    });
  }

  /** Runs the timers of the next moment. @returns whether there was one up to `end` */
  #fireNext(end: number): boolean {
    const moment = this.#moments.first;
    if (moment > end) {
      this.#now = end;
      return false;
    }
    this.#moments.pop();
    const bucket = this.#buckets.get(moment) as Due[];
    this.#buckets.delete(moment);
    this.#now = moment;
    for (const due of bucket) {
      try {
        due.run?.();
      } catch (error) {
        this.error ??= error;
      }
    }
    return true;
  }
}

/** A binary heap of moments, the earliest first. */
class MomentHeap {
  readonly #moments: number[] = [];

  /** The earliest; Infinity: there is none. */
  get first(): number {
    return this.#moments[0] ?? Infinity;
  }

  push(moment: number): void {
    const heap = this.#moments;
    let index = heap.length;
    heap.push(moment);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if ((heap[parent] as number) <= moment) break;
      heap[index] = heap[parent] as number;
      index = parent;
    }
    heap[index] = moment;
  }

  pop(): void {
    const heap = this.#moments;
    const last = heap.pop() as number;
    if (heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && (heap[child + 1] as number) < (heap[child] as number)) child++;
      if ((heap[child] as number) >= last) break;
      heap[index] = heap[child] as number;
      index = child;
    }
    heap[index] = last;
  }
}
