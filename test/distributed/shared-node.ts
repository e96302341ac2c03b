import { CacheError, type LeaderboardCache, MemoryLeaderboardCache } from "laurel";
import { CacheNode } from "laurel/distributed";

type Method = (...args: readonly unknown[]) => Promise<unknown>;
type Call = (name: string, args: readonly unknown[]) => Promise<unknown>;

const SHARED_METHODS: ReadonlySet<unknown> = new Set(["reserve", "release"]);

/**
 * A store that several coordinators reach over connections of their own, as a server is: it keeps texts for
 * them, its caches offer fenced faces, and connections can be lost and replaced while nobody looks.
 */
export class SharedNode {
  readonly id: string;
  store = new MemoryLeaderboardCache();
  /** What is kept under reserved names. */
  readonly reserved = new Map<string, string>();
  /** Names of the calls that reached the store. */
  readonly calls: string[] = [];
  /** What all calls fail with, or the ones with this name. */
  failure: CacheError | undefined;
  failing: string | undefined;
  /** Calls wait until it is unset, and fail if the connection is replaced meanwhile. */
  isSilent = false;
  /** Which connection is the present one. */
  #epoch = 0;
  #waiting: (() => void)[] = [];

  constructor(id: string) {
    this.id = id;
  }

  /** A node for one coordinator. */
  node(weight = 1): CacheNode {
    const cache = this.#face(false);
    const fenced = (): LeaderboardCache => this.#face(true);
    return new CacheNode(this.id, Object.assign(cache, { fenced }), { weight });
  }

  /** All connections are lost, with what is on its way, and replaced at once. */
  reconnect(): void {
    this.#epoch++;
    this.#wake();
  }

  /** The store begins anew, empty, and is reached over other connections. */
  restart(): void {
    this.store = new MemoryLeaderboardCache();
    this.reserved.clear();
    this.reconnect();
  }

  /** Lets calls that wait go. */
  speak(): void {
    this.isSilent = false;
    this.#wake();
  }

  /** How many calls of a name reached the store. */
  count(name: string): number {
    return this.calls.filter((call) => call === name).length;
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const go of waiting) go();
  }

  #face(isFenced: boolean): LeaderboardCache {
    let asked = -1;
    const call: Call = async (name, args) => {
      const epoch = this.#epoch;
      if (isFenced && name !== "bootId" && epoch !== asked) throw notSent();
      if (this.isSilent) await new Promise<void>((resolve) => this.#waiting.push(resolve));
      if (this.failure !== undefined && [undefined, name].includes(this.failing)) {
        throw this.failure;
      }
      if (epoch !== this.#epoch) throw connectionFailed("ECONNRESET");
      if (name === "bootId") asked = epoch;
      this.calls.push(name);
      return SHARED_METHODS.has(name) ? this.#share(name, args) : this.#run(name, args);
    };
    const face: Record<string, unknown> = {};
    for (const name of [...methodNames(), ...(SHARED_METHODS as Set<string>)]) {
      face[name] = (...args: unknown[]) => call(name, args);
    }
    face["keys"] = (...args: unknown[]) => this.#list(args, call);
    face["defaultTtl"] = Infinity;
    return face as unknown as LeaderboardCache;
  }

  #share(name: string, [key, text]: readonly unknown[]): string | undefined {
    if (name === "release") this.reserved.delete(key as string);
    else if (!this.reserved.has(key as string)) this.reserved.set(key as string, text as string);
    return this.reserved.get(key as string);
  }

  #run(name: string, args: readonly unknown[]): Promise<unknown> {
    const { store } = this;
    return (store as unknown as Record<string, Method>)[name]?.call(
      store,
      ...args,
    ) as Promise<unknown>;
  }

  /** A listing takes one call. */
  async *#list([pattern]: readonly unknown[], call: Call): AsyncGenerator<string> {
    await call("exists", ["-"]);
    yield* this.store.keys(pattern as string | undefined);
  }
}

function methodNames(): string[] {
  const names = new Set<string>();
  const base: object = Object.prototype;
  let type: object = MemoryLeaderboardCache.prototype;
  for (; type !== base; type = Object.getPrototypeOf(type) as object) {
    for (const name of Object.getOwnPropertyNames(type)) {
      const value: unknown = Object.getOwnPropertyDescriptor(type, name)?.value;
      if (typeof value === "function" && name !== "constructor") names.add(name);
    }
  }
  names.delete("metrics");
  return [...names];
}

function notSent(): CacheError {
  return connectionFailed("NOT_SENT");
}

export function connectionFailed(code: string): CacheError {
  const message = `Cannot reach the node: the connection must hold: received ${code}`;
  const cause = Object.assign(new Error(code), { code });
  return new CacheError("CONNECTION_FAILED", message, { cause });
}
