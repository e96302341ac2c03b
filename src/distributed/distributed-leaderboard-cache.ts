import type { CallOptions } from "../cache/contract.ts";
import type {
  LeaderboardCache,
  ZAddOptions,
  ZCombineOptions,
  ZRangeOptions,
  ZReverseOptions,
} from "../cache/leaderboard-contract.ts";
import { CacheError, show } from "../errors.ts";
import type { LexBound } from "../structures/lex-bound.ts";
import type { ScoreBound } from "../structures/score-bound.ts";
import type { ZMember } from "../structures/z-member.ts";
import { DistributedCache } from "./distributed-cache.ts";
import { copyKeys, listOf } from "./inputs.ts";
import { type Popped, PopWrite, ScoresWrite, StoreWrite, type Touched } from "./key-writes.ts";
import { scanMembers } from "./scan-members.ts";

type Run<T> = (cache: LeaderboardCache) => Promise<T>;
/** A call over several keys, with the options that a node gets. */
type RunOver<O extends CallOptions, T> = (
  cache: LeaderboardCache,
  keys: readonly string[],
  rest: Omit<O, "signal">,
) => Promise<T>;

/** The members that were found before a removal by range. */
const asFound: Touched<unknown> = (_, before) => before;
/** The members that a pop returned. */
const asReturned: Touched<readonly ZMember[]> = (popped) => popped.map(({ member }) => member);

/**
 * A {@link DistributedCache} that ranks. A board lives whole on its owners, and different boards spread
 * over the nodes; calls over several keys need them on the same ones, by a `{tag}` that they share.
 * Replicas are told the scores of the members that a call touched, not the board.
 *
 * @example
 * ```ts
 * import { MemoryLeaderboardCache } from "laurel";
 * import { CacheNode, DistributedLeaderboardCache } from "laurel/distributed";
 *
 * const ids = ["node-us-east", "node-us-west", "node-eu"];
 * const nodes = ids.map((id) => new CacheNode(id, new MemoryLeaderboardCache()));
 * await using cache = new DistributedLeaderboardCache(nodes, { replicationFactor: 2 });
 * await cache.zAdd("duel", [{ member: "ada", score: 3 }, { member: "bob", score: 1 }]);
 * console.log(await cache.zIncrBy("duel", "bob", 4)); // 5
 * console.log(await cache.zRank("duel", "bob", { reverse: true })); // 0
 * ```
 */
export class DistributedLeaderboardCache extends DistributedCache implements LeaderboardCache {
  async zAdd(
    key: string,
    members: ZMember | Iterable<ZMember>,
    options?: ZAddOptions,
  ): Promise<number> {
    this.enter(options);
    const entries = listOf(members) as ZMember | ZMember[];
    const { signal: _, ...conditions } = options ?? {};
    const isRelative = Object.values(conditions).some((flag) => flag === true);
    return this.#change(
      key,
      options,
      isRelative,
      (cache) => cache.zAdd(key, entries, conditions),
      () => [entries].flat().map(({ member }) => member),
    );
  }

  async zIncrBy(
    key: string,
    member: string,
    delta: number,
    options?: CallOptions,
  ): Promise<number> {
    this.enter(options);
    return this.#change(
      key,
      options,
      true,
      (cache) => cache.zIncrBy(key, member, delta),
      () => [member],
    );
  }

  async zScore(key: string, member: string, options?: CallOptions): Promise<number | undefined> {
    this.enter(options);
    return this.#ask(key, options, (cache) => cache.zScore(key, member));
  }

  async zMScore(
    key: string,
    members: readonly string[],
    options?: CallOptions,
  ): Promise<(number | undefined)[]> {
    this.enter(options);
    const names = listOf<unknown>(members) as string[];
    return this.#ask(key, options, (cache) => cache.zMScore(key, names));
  }

  async zRank(key: string, member: string, options?: ZReverseOptions): Promise<number | undefined> {
    this.enter(options);
    return this.#ask(key, options, (cache) => cache.zRank(key, member, unsignalled(options)));
  }

  async zRange(
    key: string,
    start: number,
    stop: number,
    options?: ZReverseOptions,
  ): Promise<ZMember[]> {
    this.enter(options);
    const rest = unsignalled(options);
    return this.#ask(key, options, (cache) => cache.zRange(key, start, stop, rest));
  }

  async zRangeByScore(
    key: string,
    min: ScoreBound,
    max: ScoreBound,
    options?: ZRangeOptions,
  ): Promise<ZMember[]> {
    this.enter(options);
    const rest = unsignalled(options);
    return this.#ask(key, options, (cache) => cache.zRangeByScore(key, min, max, rest));
  }

  async zCard(key: string, options?: CallOptions): Promise<number> {
    this.enter(options);
    return this.#ask(key, options, (cache) => cache.zCard(key));
  }

  async zCount(
    key: string,
    min: ScoreBound,
    max: ScoreBound,
    options?: CallOptions,
  ): Promise<number> {
    this.enter(options);
    return this.#ask(key, options, (cache) => cache.zCount(key, min, max));
  }

  async zRem(
    key: string,
    members: string | Iterable<string>,
    options?: CallOptions,
  ): Promise<number> {
    this.enter(options);
    // A string is an iterable, too, but stands for one member.
    const names = typeof members === "string" ? members : (listOf(members) as string[]);
    return this.#change(
      key,
      options,
      false,
      (cache) => cache.zRem(key, names),
      () => [names].flat(),
    );
  }

  async zRemRangeByRank(
    key: string,
    start: number,
    stop: number,
    options?: CallOptions,
  ): Promise<number> {
    this.enter(options);
    return this.#removeRange(
      key,
      options,
      (cache) => cache.zRemRangeByRank(key, start, stop),
      (cache) => cache.zRange(key, start, stop),
    );
  }

  async zRemRangeByScore(
    key: string,
    min: ScoreBound,
    max: ScoreBound,
    options?: CallOptions,
  ): Promise<number> {
    this.enter(options);
    return this.#removeRange(
      key,
      options,
      (cache) => cache.zRemRangeByScore(key, min, max),
      (cache) => cache.zRangeByScore(key, min, max),
    );
  }

  async zPopMin(key: string, count = 1, options?: CallOptions): Promise<ZMember[]> {
    this.enter(options);
    return this.#change(key, options, true, (cache) => cache.zPopMin(key, count), asReturned);
  }

  async zPopMax(key: string, count = 1, options?: CallOptions): Promise<ZMember[]> {
    this.enter(options);
    return this.#change(key, options, true, (cache) => cache.zPopMax(key, count), asReturned);
  }

  /**
   * All members; where the board's owner fails or changes meanwhile, some may come twice. O(N), a step at
   * a time
   *
   * @example
   * ```ts
   * import { MemoryLeaderboardCache } from "laurel";
   * import { CacheNode, DistributedLeaderboardCache } from "laurel/distributed";
   *
   * const nodes = ["a", "b"].map((id) => new CacheNode(id, new MemoryLeaderboardCache()));
   * await using cache = new DistributedLeaderboardCache(nodes);
   * await cache.zAdd("scores", { member: "ada", score: 1200 });
   * for await (const { member, score } of cache.zScan("scores")) console.log(member, score); // ada 1200
   * ```
   */
  async *zScan(key: string, options?: CallOptions): AsyncIterableIterator<ZMember> {
    this.enter(options);
    this.#checkBoards(key);
    for await (const entry of scanMembers(this.coordinator, key, options?.signal)) {
      yield entry;
      this.check(options);
    }
  }

  async zUnion(keys: readonly string[], options?: ZCombineOptions): Promise<ZMember[]> {
    return this.#combine(keys, options, (cache, all, rest) => cache.zUnion(all, rest));
  }

  async zInter(keys: readonly string[], options?: ZCombineOptions): Promise<ZMember[]> {
    return this.#combine(keys, options, (cache, all, rest) => cache.zInter(all, rest));
  }

  async zDiff(keys: readonly string[], options?: CallOptions): Promise<ZMember[]> {
    return this.#combine(keys, options, (cache, all, rest) => cache.zDiff(all, rest));
  }

  async zUnionStore(
    destination: string,
    keys: readonly string[],
    options?: ZCombineOptions,
  ): Promise<number> {
    return this.#store(destination, keys, options, (cache, all, rest) =>
      cache.zUnionStore(destination, all, rest),
    );
  }

  async zInterStore(
    destination: string,
    keys: readonly string[],
    options?: ZCombineOptions,
  ): Promise<number> {
    return this.#store(destination, keys, options, (cache, all, rest) =>
      cache.zInterStore(destination, all, rest),
    );
  }

  async zDiffStore(
    destination: string,
    keys: readonly string[],
    options?: CallOptions,
  ): Promise<number> {
    return this.#store(destination, keys, options, (cache, all, rest) =>
      cache.zDiffStore(destination, all, rest),
    );
  }

  async zRangeStore(
    destination: string,
    source: string,
    start: number,
    stop: number,
    options?: ZReverseOptions,
  ): Promise<number> {
    return this.#store(destination, [source], options, (cache, _, rest) =>
      cache.zRangeStore(destination, source, start, stop, rest),
    );
  }

  async zRangeByLex(
    key: string,
    min: LexBound,
    max: LexBound,
    options?: ZRangeOptions,
  ): Promise<ZMember[]> {
    this.enter(options);
    const rest = unsignalled(options);
    return this.#ask(key, options, (cache) => cache.zRangeByLex(key, min, max, rest));
  }

  async zLexCount(
    key: string,
    min: LexBound,
    max: LexBound,
    options?: CallOptions,
  ): Promise<number> {
    this.enter(options);
    return this.#ask(key, options, (cache) => cache.zLexCount(key, min, max));
  }

  async zRemRangeByLex(
    key: string,
    min: LexBound,
    max: LexBound,
    options?: CallOptions,
  ): Promise<number> {
    this.enter(options);
    return this.#removeRange(
      key,
      options,
      (cache) => cache.zRemRangeByLex(key, min, max),
      (cache) => cache.zRangeByLex(key, min, max),
    );
  }

  async zRandMember(key: string, count = 1, options?: CallOptions): Promise<ZMember[]> {
    this.enter(options);
    return this.#ask(key, options, (cache) => cache.zRandMember(key, count));
  }

  async zMPop(
    keys: readonly string[],
    end: "min" | "max",
    count = 1,
    options?: CallOptions,
  ): Promise<Popped> {
    this.enter(options);
    const all = this.#checkTogether(keys, "pop members");
    const write = new PopWrite(this.coordinator.cluster, all, (cache) =>
      cache.zMPop(all, end, count),
    );
    return this.write(write, options);
  }

  // ----

  #ask<T>(key: string, options: CallOptions | undefined, run: Run<T>): Promise<T> {
    this.#checkBoards(key);
    return this.read(key, options, run);
  }

  #combine<O extends CallOptions>(
    keys: readonly string[],
    options: O | undefined,
    run: RunOver<O, ZMember[]>,
  ): Promise<ZMember[]> {
    this.enter(options);
    const rest = unsignalled(options);
    const all = this.#checkTogether(keys, "combine sorted sets");
    const [key, ...also] = all;
    return this.read(key as string, options, (cache) => run(cache, all, rest), also);
  }

  #change<T>(
    key: string,
    options: CallOptions | undefined,
    isRelative: boolean,
    run: Run<T>,
    touched: Touched<T>,
    find?: Run<readonly string[]>,
  ): Promise<T> {
    this.#checkBoards(key);
    const { cluster } = this.coordinator;
    return this.write(new ScoresWrite(cluster, key, isRelative, run, touched, find), options);
  }

  #removeRange(
    key: string,
    options: CallOptions | undefined,
    run: Run<number>,
    range: Run<ZMember[]>,
  ): Promise<number> {
    const find = async (cache: LeaderboardCache): Promise<string[]> =>
      (await range(cache)).map(({ member }) => member);
    return this.#change(key, options, true, run, asFound, find);
  }

  #store<O extends CallOptions>(
    destination: string,
    keys: readonly string[],
    options: O | undefined,
    run: RunOver<O, number>,
  ): Promise<number> {
    this.enter(options);
    const rest = unsignalled(options);
    const sources = copyKeys(keys);
    this.#checkTogether([destination, ...sources], "combine sorted sets");
    const store: Run<number> = (cache) => run(cache, sources, rest);
    return this.write(new StoreWrite(destination, sources, store), options);
  }

  /** @throws {CacheError} `CROSS_NODE` unless all keys have the same owners */
  #checkTogether(keys: readonly string[], verb: string): readonly string[] {
    const all = copyKeys(keys);
    const { topology } = this.coordinator.cluster;
    const first = all[0];
    if (first === undefined) {
      const reason = "there must be at least one key: received none";
      throw new CacheError("INVALID_OPTIONS", `Cannot ${verb}: ${reason}`);
    }
    this.#checkBoards(first);
    for (const key of all) {
      if (topology.areTogether(first, key)) continue;
      throw new CacheError(
        "CROSS_NODE",
        `Cannot ${verb}: all keys must be on the same nodes, by a {tag} that they share: ` +
          `received ${show(first)} and ${show(key)}`,
      );
    }
    return all;
  }

  /** @throws {CacheError} `CAPABILITY_UNSUPPORTED` where an owner of the key has no sorted sets */
  #checkBoards(key: string): void {
    const [member] = this.coordinator.cluster.topology.ownersOf(key).withoutBoards;
    if (member === undefined) return;
    throw new CacheError(
      "CAPABILITY_UNSUPPORTED",
      `Cannot use a leaderboard: every owner of the key needs a LeaderboardCache: ` +
        `received node ${show(member.id)} without one`,
    );
  }
}

/** The options but for the signal, which is the coordinator's affair: a node's call is seen to its end. */
function unsignalled<T extends CallOptions>(options: T | undefined): Omit<T, "signal"> {
  const { signal: _, ...rest } = options ?? ({} as T);
  return rest;
}
