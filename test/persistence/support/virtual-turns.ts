const systemSetImmediate = globalThis.setImmediate;
const systemClearImmediate = globalThis.clearImmediate;

/**
 * Stands in for `setImmediate` while a simulation runs, so that the turns of a process happen when
 * the test says so and end with the process; and for `performance.now`, so that steps of about a
 * millisecond are short and every run is alike.
 */
export class VirtualTurns implements Disposable {
  /** How far the clock that work measures itself by goes on each time it is read, in milliseconds. */
  readingMs = 4;
  #waiting = new Map<object, () => void>();
  #nowMs = 0;

  constructor() {
    const setImmediate = (run: (...args: unknown[]) => void, ...args: unknown[]): object => {
      const handle = { unref: () => handle, ref: () => handle, hasRef: () => true };
      this.#waiting.set(handle, () => run(...args));
      return handle;
    };
    const clearImmediate = (handle: object | undefined): void => {
      if (handle !== undefined) this.#waiting.delete(handle);
    };
    Object.assign(globalThis, { setImmediate, clearImmediate });
    Object.defineProperty(performance, "now", {
      configurable: true,
      value: () => (this.#nowMs += this.readingMs),
    });
  }

  /** Whether something is to run at the next turn. */
  get hasWork(): boolean {
    return this.#waiting.size > 0;
  }

  /** Runs what waits for the next turn, and lets promises settle. */
  async run(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = new Map();
    for (const run of waiting.values()) run();
    await settlePromises();
  }

  /** Forgets what waits: its process is gone. */
  drop(): void {
    this.#waiting.clear();
  }

  [Symbol.dispose](): void {
    Object.assign(globalThis, {
      setImmediate: systemSetImmediate,
      clearImmediate: systemClearImmediate,
    });
    Reflect.deleteProperty(performance, "now");
  }
}

/** Resolves when no promise has anything left to do. */
export function settlePromises(): Promise<void> {
  return new Promise((resolve) => {
    systemSetImmediate(resolve);
  });
}
