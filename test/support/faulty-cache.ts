import { type LeaderboardCache, MemoryLeaderboardCache, type MemoryCacheOptions } from "laurel";
import { type Fault, type NodeCall, reset } from "./faults.ts";

/** What the cache is for whoever uses it. */
export interface FaultyCacheOptions {
  /** Whether it offers the transfer of states. Default true. */
  readonly transfersState?: boolean;
  /** Whether it tells its default ttl, as embedded caches do. Default true. */
  readonly tellsDefaultTtl?: boolean;
  /** Options of the store behind it. */
  readonly store?: MemoryCacheOptions;
}

/** Which calls a fault is for. */
export interface FaultScope {
  /** Names of calls. Default: all. */
  readonly only?: string | readonly string[];
  /** Those with this first argument. Default: any. */
  readonly key?: string;
  /** How many of them. Default: all that come. */
  readonly times?: number;
}

interface Rule {
  readonly fault: Fault;
  readonly scope: FaultScope;
  left: number;
}

const STATE_METHODS: ReadonlySet<unknown> = new Set([
  "readState",
  "writeState",
  "readScores",
  "writeScores",
]);
/** Nobody calls as often as this in one test, but who calls in a circle without any pause. */
const CALLS_MAX = 100_000;
const LISTINGS: ReadonlySet<unknown> = new Set(["keys", "zScan"]);

/**
 * A cache with a store behind switches, for tests: calls can be made to fail, to hang, to lose their
 * replies or to take time; the store can be lost with all that it held. It behaves as a cache over
 * a connection: what is on its way to a store that restarts fails, and so does every later call
 * until the boot id was asked for.
 */
export class FaultyCache {
  /** What stands for the store. */
  readonly cache: LeaderboardCache;
  /** What is really held: reading it here is seen by nobody. */
  store: MemoryLeaderboardCache;
  /** Every call so far, the oldest first. */
  readonly calls: NodeCall[] = [];
  /** Hears of each call before it is carried out. */
  onCall: ((call: NodeCall) => void) | undefined;
  readonly #options: FaultyCacheOptions;
  readonly #rules: Rule[] = [];
  #isKnown = true;

  constructor(options: FaultyCacheOptions = {}) {
    this.#options = options;
    this.store = new MemoryLeaderboardCache(options.store);
    this.cache = new Proxy({} as LeaderboardCache, { get: (_, name) => this.#member(name) });
  }

  /** Puts a fault in the way of calls; of several for one call the last counts. */
  fail(fault: Fault, scope: FaultScope = {}): void {
    this.#rules.unshift({ fault, scope, left: scope.times ?? Infinity });
  }

  /** Takes all faults away. */
  heal(): void {
    this.#rules.length = 0;
  }

  /** Loses all that is held; another store is there at once. */
  restart(): void {
    this.store = new MemoryLeaderboardCache(this.#options.store);
    this.#isKnown = false;
  }

  /** How many calls of a name there were. */
  count(name: string): number {
    return this.calls.filter((call) => call.name === name).length;
  }

  #member(name: string | symbol): unknown {
    const { transfersState = true, tellsDefaultTtl = true } = this.#options;
    if (!transfersState && STATE_METHODS.has(name)) return undefined;
    if (!tellsDefaultTtl && name === "defaultTtl") return undefined;
    const value: unknown = Reflect.get(this.store, name, this.store);
    if (typeof value !== "function" || typeof name === "symbol") return value;
    if (LISTINGS.has(name)) return (...args: unknown[]) => this.#list(name, args);
    return (...args: unknown[]) => {
      const { store } = this;
      const sent = transfersState ? args : withoutDeadline(args);
      return this.#call({ name, args }, store, () => methodOf(store, name)(...sent));
    };
  }

  #call(
    call: NodeCall,
    store: MemoryLeaderboardCache,
    run: () => Promise<unknown>,
  ): Promise<unknown> {
    // The circle ends here, so that the test can end, too, and fail.
    if (this.calls.push(call) > CALLS_MAX) return new Promise(() => {});
    this.onCall?.(call);
    const execute = async (): Promise<unknown> => {
      if (call.name === "bootId") this.#isKnown = true;
      return this.#isKnown && store === this.store ? run() : reset(run, call);
    };
    const rule = this.#rules.find(({ scope, left }) => left > 0 && isMeant(scope, call));
    if (rule === undefined) return execute();
    rule.left--;
    return rule.fault(execute, call);
  }

  async *#list(name: string, args: readonly unknown[]): AsyncGenerator {
    const { store } = this;
    const source = methodOf(store, name)(...args) as unknown as AsyncGenerator;
    for (let step = 0; ; step++) {
      const next = this.#call({ name, args, step }, store, () => source.next());
      const result = (await next) as IteratorResult<unknown, void>;
      if (result.done === true) return;
      yield result.value;
    }
  }
}

type Method = (...args: readonly unknown[]) => Promise<unknown>;

function methodOf(store: MemoryLeaderboardCache, name: string): Method {
  const method = (store as unknown as Record<string, Method>)[name] as Method;
  return method.bind(store);
}

function isMeant({ only, key }: FaultScope, { name, args }: NodeCall): boolean {
  if (key !== undefined && args[0] !== key) return false;
  return only === undefined || [only].flat().includes(name);
}

/** A cache without the transfer of states knows remaining times only. */
function withoutDeadline(args: readonly unknown[]): readonly unknown[] {
  return args.map((arg) => {
    if (typeof arg !== "object" || arg === null || !("expiresAt" in arg)) return arg;
    const { expiresAt: _, ...rest } = arg;
    return rest;
  });
}
