/** A timer that waits for its virtual moment. */
interface VirtualTimer {
  readonly at: number;
  readonly run: () => void;
}

/** Time that passes only when a test says so: a clock, and timers that go by it. */
export class VirtualTime {
  readonly clock: { now(): number };
  readonly timers: {
    setTimeout(run: () => void, ms: number): unknown;
    clearTimeout(handle: unknown): void;
  };

  readonly #waiting = new Map<number, VirtualTimer>();
  #now: number;
  #lastId = 0;

  constructor(startMs = 1_700_000_000_000) {
    this.#now = startMs;
    this.clock = { now: () => this.#now };
    this.timers = {
      setTimeout: (run, ms) => {
        const id = ++this.#lastId;
        this.#waiting.set(id, { at: this.#now + Math.max(1, ms), run });
        return id;
      },
      clearTimeout: (handle) => {
        if (typeof handle === "number") this.#waiting.delete(handle);
      },
    };
  }

  /** How many timers are set and have not run. */
  get pending(): number {
    return this.#waiting.size;
  }

  /** Moves the clock alone: no timer runs, as in a process that is too busy for them. */
  skip(ms: number): void {
    this.#now += ms;
  }

  /** Moves the clock and runs each timer at its moment, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    // It ends: a timer set anew by one that runs is due at least a millisecond later.
    for (let next = this.#earliest(end); next !== undefined; next = this.#earliest(end)) {
      const [id, timer] = next;
      this.#waiting.delete(id);
      this.#now = Math.max(this.#now, timer.at);
      timer.run();
    }
    this.#now = end;
  }

  #earliest(end: number): [id: number, timer: VirtualTimer] | undefined {
    let earliest: [id: number, timer: VirtualTimer] | undefined;
    for (const [id, timer] of this.#waiting) {
      if (timer.at > end) continue;
      if (earliest === undefined || timer.at < earliest[1].at) earliest = [id, timer];
    }
    return earliest;
  }
}
