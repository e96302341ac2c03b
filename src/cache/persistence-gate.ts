import { cacheClosed, checkCallOptions } from "./call-options.ts";
import type { CallOptions } from "./contract.ts";
import type { KeptData } from "./persistence.ts";

/** The calls that change nothing, and at which place of their arguments the options stand. */
export const READS: Readonly<Record<string, number>> = Object.freeze({
  get: 1,
  exists: 1,
  getMany: 1,
  ttl: 1,
  listKeys: 1,
  time: 0,
  bootId: 0,
  readState: 1,
  readScores: 2,
  zScore: 2,
  zMScore: 2,
  zRank: 2,
  zRange: 3,
  zRangeByScore: 3,
  zRangeByLex: 3,
  zCard: 1,
  zCount: 3,
  zLexCount: 3,
  zUnion: 1,
  zInter: 1,
  zDiff: 1,
  zRandMember: 2,
});

/** The calls that iterate. */
export const ITERATIONS: Readonly<Record<string, number>> = Object.freeze({ keys: 1, zScan: 1 });

/** The calls that may change something. */
export const WRITES: Readonly<Record<string, number>> = Object.freeze({
  set: 2,
  delete: 1,
  clear: 0,
  incr: 2,
  decr: 2,
  append: 2,
  setMany: 1,
  deleteMany: 1,
  expire: 2,
  writeState: 2,
  writeScores: 3,
  zAdd: 2,
  zIncrBy: 3,
  zRem: 2,
  zRemRangeByRank: 3,
  zRemRangeByScore: 3,
  zRemRangeByLex: 3,
  zPopMin: 2,
  zPopMax: 2,
  zMPop: 3,
  zUnionStore: 2,
  zInterStore: 2,
  zDiffStore: 2,
  zRangeStore: 4,
});

/** How deep arguments are copied: a list of pairs of a key and bytes. */
const COPY_DEPTH = 3;

type Call = (...args: unknown[]) => Promise<unknown>;
type Iteration = (...args: unknown[]) => AsyncIterable<unknown>;

/** A call that was made before what was kept is loaded. */
interface WaitingCall {
  carryOut(): void;
  fail(error: unknown): void;
}

/**
 * What stands before the calls of a cache whose data is kept. Until that is loaded they wait, and
 * are then carried out in the order in which they were made. From then on each is carried out at
 * once, as ever, and is a unit of the journal; it resolves when everything so far is as safe as was
 * asked for, so that nobody sees, in a reply or by reading, what may still be lost. A write that
 * could not be kept is refused beforehand; reads go on.
 */
export class PersistenceGate {
  readonly #kept: KeptData;
  readonly #waiting = new Set<WaitingCall>();
  /** Whether calls pass. */
  #isOpen = false;
  /** What calls are refused with for good: a failure to load, or `CLOSED`. */
  #end: { readonly error: unknown } | undefined;

  /** Puts itself before the methods of a cache. */
  constructor(cache: object, kept: KeptData) {
    this.#kept = kept;
    replace(cache, READS, (method: Call, optionsAt) => this.#read(method, optionsAt));
    replace(cache, WRITES, (method: Call, optionsAt) => this.#write(method, optionsAt));
    replace(
      cache,
      ITERATIONS,
      (method: Iteration, at) =>
        (...args) =>
          this.#iterate(method, args, at),
    );
    kept.ready.then(
      () => this.#open(),
      (error: unknown) => this.#fail(error),
    );
  }

  /** Resolves when what was kept is loaded and what waited was carried out. */
  ready(): Promise<void> {
    return this.#isOpen ? Promise.resolve() : this.#hold([], 0, () => Promise.resolve());
  }

  /** Resolves when everything so far is on the disk. */
  flush(): Promise<void> {
    const flush = (): Promise<void> => this.#kept.flush();
    return this.#isOpen ? flush() : this.#hold([], 0, flush);
  }

  /**
   * Refuses calls from now on.
   * @returns what resolves when those that wait were carried out, or failed; `undefined`: none does
   */
  close(): Promise<void> | undefined {
    const last = this.#waiting.size === 0 ? undefined : this.#hold([], 0, () => Promise.resolve());
    this.#isOpen = false;
    this.#end = { error: cacheClosed() };
    return last?.catch(() => {});
  }

  #read(method: Call, optionsAt: number): Call {
    const kept = this.#kept;
    const carryOut = (args: unknown[]): Promise<unknown> => {
      const reply = method(...args);
      kept.endUnit();
      const settled = kept.settled();
      return settled === undefined ? reply : replyAfter(reply, settled.catch(ignore));
    };
    return (...args) => (this.#isOpen ? carryOut(args) : this.#hold(args, optionsAt, carryOut));
  }

  #write(method: Call, optionsAt: number): Call {
    const kept = this.#kept;
    const carryOut = (args: unknown[]): Promise<unknown> => {
      const { failures, refusal } = kept;
      if (refusal !== undefined) return Promise.reject(refusal);
      const reply = method(...args);
      kept.endUnit();
      const settled = kept.settled();
      if (settled !== undefined) return replyAfter(reply, settled);
      // Much is handed to the system at once, which may have failed by now.
      const isLost = kept.failures !== failures && kept.refusal !== undefined;
      return isLost ? replyAfter(reply, Promise.reject(kept.refusal)) : reply;
    };
    return (...args) => (this.#isOpen ? carryOut(args) : this.#hold(args, optionsAt, carryOut));
  }

  async *#iterate(
    method: Iteration,
    args: unknown[],
    optionsAt: number,
  ): AsyncIterableIterator<unknown> {
    const kept = this.#kept;
    if (!this.#isOpen) await this.#hold(args, optionsAt, () => Promise.resolve());
    for await (const item of method(...args)) {
      kept.endUnit();
      const settled = kept.settled();
      if (settled !== undefined) await settled.catch(ignore);
      yield item;
    }
  }

  /** Has a call wait, with its arguments as they are now. */
  #hold<T>(
    args: unknown[],
    optionsAt: number,
    carryOut: (args: unknown[]) => Promise<T>,
  ): Promise<T> {
    if (this.#end !== undefined) return Promise.reject(this.#end.error);
    return new Promise((resolve, reject) => {
      const options = args[optionsAt] as CallOptions | undefined;
      if (options !== undefined) checkCallOptions(options);
      const signal = options?.signal;
      const own = args.map((argument) => copyOf(argument, COPY_DEPTH));
      const abort = (): void => {
        this.#waiting.delete(call);
        reject(signal?.reason);
      };
      const call: WaitingCall = {
        carryOut: () => {
          signal?.removeEventListener("abort", abort);
          // A method that a user has overridden may throw.
          try {
            resolve(carryOut(own));
          } catch (error) {
            reject(error);
          }
        },
        fail: (error) => {
          signal?.removeEventListener("abort", abort);
          reject(error);
        },
      };
      signal?.addEventListener("abort", abort, { once: true });
      this.#waiting.add(call);
    });
  }

  /** Also carries out what is called by what waited. */
  #open(): void {
    for (const call of this.#waiting) {
      this.#waiting.delete(call);
      call.carryOut();
    }
    this.#isOpen = this.#end === undefined;
  }

  #fail(error: unknown): void {
    this.#end ??= { error };
    for (const call of this.#waiting) {
      this.#waiting.delete(call);
      call.fail(error);
    }
  }
}

/** Puts other methods before those of a cache that have the names. */
function replace<M extends Call | Iteration>(
  cache: object,
  names: Readonly<Record<string, number>>,
  wrap: (method: M, optionsAt: number) => M,
): void {
  for (const [name, optionsAt] of Object.entries(names)) {
    const method = (cache as Record<string, unknown>)[name];
    if (typeof method !== "function") continue;
    const value = wrap(method.bind(cache) as M, optionsAt);
    Object.defineProperty(cache, name, { value, writable: true, configurable: true });
  }
}

/** A reply that is told when something else is settled. Whoever made the call hears of both failures. */
function replyAfter(reply: Promise<unknown>, settled: Promise<void>): Promise<unknown> {
  reply.catch(ignore);
  return settled.then(() => reply);
}

function ignore(): void {}

/** The argument of a call as it is now: its caller may change it before it is carried out. */
function copyOf(argument: unknown, depth: number): unknown {
  if (typeof argument !== "object" || argument === null || depth === 0) return argument;
  if (argument instanceof Uint8Array) return new Uint8Array(argument);
  if (Array.isArray(argument)) return argument.map((item) => copyOf(item, depth - 1));
  if (isIterable(argument)) {
    const items = Array.from(argument, (item) => copyOf(item, depth - 1));
    // An iterable that is no array may be good for less than an array is.
    return { [Symbol.iterator]: () => items.values() };
  }
  if (Object.getPrototypeOf(argument) !== Object.prototype) return argument;
  const copy: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(argument)) copy[name] = copyOf(value, depth - 1);
  return copy;
}

function isIterable(value: object): value is Iterable<unknown> {
  return typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === "function";
}
