/** Waits for its turn on a key. */
interface Waiter {
  readonly grant: () => void;
  readonly isWriter: boolean;
}

/** Who has a key, and who waits for it. */
interface Queue {
  readonly waiters: Waiter[];
  /** How many readers have it; 0: a writer does. */
  readers: number;
}

/** What stands for a key that a writer has while nobody waits: nothing is allocated then. */
const HELD: Queue = { waiters: [], readers: 0 };

/**
 * The order of calls: the writes of one key one after the other, a read behind the writes that were
 * called before it and ahead of those called after it, and `clear` against all of them. Whoever calls first
 * comes first.
 *
 * A call that takes several keys joins all their queues at once, before anybody else can come in
 * between, so two calls meet in the same order in every queue and never wait for each other. A
 * read that is carried out at once, of a key that nobody has, need not take it.
 */
export class KeyLocks {
  readonly #queues = new Map<string, Queue>();
  /** Those who called during an exclusive turn, in order; `undefined`: there is none. */
  #blocked: (() => void)[] | undefined;
  #whenIdle: (() => void) | undefined;

  /** How many keys are taken. */
  get size(): number {
    return this.#queues.size;
  }

  /** The keys that are taken now. */
  keys(): string[] {
    return [...this.#queues.keys()];
  }

  /** Whether nobody has the key or waits for it. */
  isFree(key: string): boolean {
    return this.#blocked === undefined && (this.#queues.size === 0 || !this.#queues.has(key));
  }

  /** Takes a key for a write: `undefined` when it is taken at once, else what resolves when it is. */
  acquire(key: string): Promise<void> | undefined {
    if (this.#blocked !== undefined) return this.#afterwards(() => this.acquire(key));
    const queue = this.#queues.get(key);
    if (queue !== undefined) return this.#join(key, queue, true);
    this.#queues.set(key, HELD);
    return undefined;
  }

  /** Takes a key for a write, but only if nobody has it. */
  tryAcquire(key: string): boolean {
    if (!this.isFree(key)) return false;
    this.#queues.set(key, HELD);
    return true;
  }

  /** Does work that has a key for a write: in its turn, and gives the key back, however it ends. */
  async inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
    const turn = this.acquire(key);
    if (turn !== undefined) await turn;
    try {
      return await work();
    } finally {
      this.release(key);
    }
  }

  /** Takes several different keys for a write. */
  acquireAll(keys: readonly string[]): Promise<void> | undefined {
    if (this.#blocked !== undefined) return this.#afterwards(() => this.acquireAll(keys));
    return allOf(keys.map((key) => this.acquire(key)));
  }

  /** Takes several different keys for a read, each together with other readers. */
  share(keys: readonly string[]): Promise<void> | undefined {
    if (this.#blocked !== undefined) return this.#afterwards(() => this.share(keys));
    return allOf(keys.map((key) => this.#shareOne(key)));
  }

  /** Gives a key back, to the next who waits. */
  release(key: string): void {
    const queue = this.#queues.get(key) as Queue;
    if (queue === HELD) {
      this.#leave(key);
      return;
    }
    if (queue.readers > 1) {
      queue.readers--;
      return;
    }
    queue.readers = 0;
    let waiter = queue.waiters[0];
    if (waiter?.isWriter === false) {
      // All readers up to the next writer go together.
      for (; waiter?.isWriter === false; waiter = queue.waiters[0]) {
        queue.waiters.shift();
        queue.readers++;
        waiter.grant();
      }
    } else if (waiter !== undefined) {
      queue.waiters.shift();
      waiter.grant();
    } else this.#leave(key);
  }

  releaseAll(keys: readonly string[]): void {
    for (const key of keys) this.release(key);
  }

  /** Takes everything: waits for all calls so far; those that come later wait for the release. */
  acquireExclusive(): Promise<void> | undefined {
    if (this.#blocked !== undefined) return this.#afterwards(() => this.acquireExclusive());
    this.#blocked = [];
    if (this.#queues.size === 0) return undefined;
    return new Promise((resolve) => {
      this.#whenIdle = () => {
        this.#whenIdle = undefined;
        resolve();
      };
    });
  }

  releaseExclusive(): void {
    const blocked = this.#blocked ?? [];
    this.#blocked = undefined;
    // If one of them takes everything, those behind it line up again, in order.
    for (const retry of blocked) retry();
  }

  #leave(key: string): void {
    this.#queues.delete(key);
    if (this.#queues.size === 0) this.#whenIdle?.();
  }

  #shareOne(key: string): Promise<void> | undefined {
    const queue = this.#queues.get(key);
    if (queue === undefined) {
      this.#queues.set(key, { waiters: [], readers: 1 });
      return undefined;
    }
    if (queue.readers === 0 || queue.waiters.length > 0) return this.#join(key, queue, false);
    queue.readers++;
    return undefined;
  }

  #join(key: string, queue: Queue, isWriter: boolean): Promise<void> {
    return new Promise((grant) => {
      const waiter = { grant, isWriter };
      if (queue === HELD) this.#queues.set(key, { waiters: [waiter], readers: 0 });
      else queue.waiters.push(waiter);
    });
  }

  #afterwards(retry: () => Promise<void> | undefined): Promise<void> {
    return new Promise((resolve) => {
      this.#blocked?.push(() => resolve(retry()));
    });
  }
}

function allOf(waits: readonly (Promise<void> | undefined)[]): Promise<void> | undefined {
  const pending = waits.filter((wait) => wait !== undefined);
  return pending.length === 0 ? undefined : Promise.all(pending).then(() => undefined);
}
