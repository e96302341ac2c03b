import { CacheError, show } from "../errors.ts";
import { zCombine, zCombineStore, zRangeStore } from "../engine/sorted-set-algebra.ts";
import { readSet, removeEntries, zAdd, zIncrBy, zPop, zRem } from "../engine/sorted-sets.ts";
import { StagedSets } from "../engine/staged-sets.ts";
import { readScores, writeScores } from "../engine/state.ts";
import { checkConditions, NO_CONDITIONS } from "../structures/add-conditions.ts";
import { checkLexBound, type LexBound } from "../structures/lex-bound.ts";
import { checkPops, checkRanks, checkSample, checkWindow } from "../structures/range-input.ts";
import { boundScore, type ScoreBound } from "../structures/score-bound.ts";
import type { ZMember } from "../structures/z-member.ts";
import { SortedSet } from "../structures/sorted-set.ts";
import type { CallOptions } from "./contract.ts";
import type {
  LeaderboardCache,
  ZAddOptions,
  ZCombineOptions,
  ZRangeOptions,
  ZReverseOptions,
} from "./leaderboard-contract.ts";
import {
  checkScore,
  decodeMembers,
  decodeText,
  encodeMember,
  encodeMembers,
  encodeScoredMembers,
  encodeScores,
  encodeSetChunk,
} from "./inputs.ts";
import { MemoryCache, type MemoryCacheMetrics } from "./memory-cache.ts";
import { checkTransfer } from "./state-inputs.ts";
import type { Scores, SortedSetState, WriteStateOptions } from "./state-transfer.ts";

/** What a leaderboard cache counts beside what every memory cache does: calls, and what is held. */
export interface MemoryLeaderboardCacheMetrics extends MemoryCacheMetrics {
  /** Calls of `zAdd`. */
  zAdds: number;
  /** Calls of `zRem` and `zRemRangeBy...`. */
  zRems: number;
  /** Calls of `zIncrBy`. */
  zIncrements: number;
  /** Calls of `zRange` and `zRangeBy...`. */
  zRangeQueries: number;
  /** Calls of `zScore` and `zMScore`. */
  zScoreLookups: number;
  /** Calls of `zRank`. */
  zRankCalculations: number;
  /** Sorted sets that there are now. */
  leaderboards: number;
  /** Members of all of them together. */
  members: number;
}

/** Members that one step of an iteration over a sorted set visits. */
const SCAN_MEMBERS = 256;
/** What a key without a sorted set is read as. */
const EMPTY = new SortedSet();
const NO_OPTIONS = Object.freeze({});
const ADD_FLAGS = ["nx", "xx", "gt", "lt", "changed"] as const;
const REVERSE_FLAG = ["reverse"] as const;

/**
 * A cache in this process's memory that ranks: all of {@link MemoryCache}, and sorted sets.
 *
 * @example
 * ```ts
 * import { MemoryLeaderboardCache } from "laurel";
 *
 * await using cache = new MemoryLeaderboardCache();
 * await cache.zAdd("scores", [
 *   { member: "alice", score: 1250 },
 *   { member: "charlie", score: 1500 },
 * ]);
 * await cache.zIncrBy("scores", "alice", 300);
 * console.log(await cache.zRange("scores", 0, 9, { reverse: true })); // the top ten
 * console.log(await cache.zRank("scores", "alice", { reverse: true })); // 0
 * ```
 */
export class MemoryLeaderboardCache extends MemoryCache implements LeaderboardCache {
  readonly #calls = {
    zAdds: 0,
    zRems: 0,
    zIncrements: 0,
    zRangeQueries: 0,
    zScoreLookups: 0,
    zRankCalculations: 0,
  };
  readonly #staged = new StagedSets(this.keyspace);

  async zAdd(
    key: string,
    members: ZMember | Iterable<ZMember>,
    options?: ZAddOptions,
  ): Promise<number> {
    this.enter(options);
    if (options !== undefined) {
      checkFlags(options, ADD_FLAGS);
      checkConditions(options);
    }
    const encoded = encodeScoredMembers(members, this.keyspace);
    const encodedKey = this.encodedKey(key);
    this.#calls.zAdds++;
    return zAdd(this.keyspace, encodedKey, encoded, options ?? NO_CONDITIONS);
  }

  async zIncrBy(
    key: string,
    member: string,
    delta: number,
    options?: CallOptions,
  ): Promise<number> {
    this.enter(options);
    const encoded = encodeMember(member, this.keyspace);
    checkScore(delta);
    const encodedKey = this.encodedKey(key);
    this.#calls.zIncrements++;
    return zIncrBy(this.keyspace, encodedKey, encoded, delta);
  }

  async zScore(key: string, member: string, options?: CallOptions): Promise<number | undefined> {
    this.enter(options);
    const encoded = encodeMember(member, this.keyspace);
    this.#calls.zScoreLookups++;
    return this.#read(key).score(encoded);
  }

  async zMScore(
    key: string,
    members: readonly string[],
    options?: CallOptions,
  ): Promise<(number | undefined)[]> {
    this.enter(options);
    const encoded = encodeMembers(members);
    this.#calls.zScoreLookups++;
    const set = this.#read(key);
    return encoded.map((member) => set.score(member));
  }

  async zRank(key: string, member: string, options?: ZReverseOptions): Promise<number | undefined> {
    this.enter(options);
    checkFlags(options, REVERSE_FLAG);
    const encoded = encodeMember(member, this.keyspace);
    this.#calls.zRankCalculations++;
    return this.#read(key).rank(encoded, options?.reverse);
  }

  async zRange(
    key: string,
    start: number,
    stop: number,
    options?: ZReverseOptions,
  ): Promise<ZMember[]> {
    this.enter(options);
    checkFlags(options, REVERSE_FLAG);
    checkRanks(start, stop);
    this.#calls.zRangeQueries++;
    const set = this.#read(key);
    return decodeFrom(set, set.range(start, stop, options?.reverse));
  }

  async zRangeByScore(
    key: string,
    min: ScoreBound,
    max: ScoreBound,
    options?: ZRangeOptions,
  ): Promise<ZMember[]> {
    this.enter(options);
    checkFlags(options, REVERSE_FLAG);
    checkScoreRange(min, max);
    checkWindow(options ?? NO_OPTIONS);
    this.#calls.zRangeQueries++;
    const set = this.#read(key);
    return decodeFrom(set, set.rangeByScore(min, max, options));
  }

  async zCard(key: string, options?: CallOptions): Promise<number> {
    this.enter(options);
    return this.#read(key).size;
  }

  async zCount(
    key: string,
    min: ScoreBound,
    max: ScoreBound,
    options?: CallOptions,
  ): Promise<number> {
    this.enter(options);
    checkScoreRange(min, max);
    return this.#read(key).countByScore(min, max);
  }

  async zRem(
    key: string,
    members: string | Iterable<string>,
    options?: CallOptions,
  ): Promise<number> {
    this.enter(options);
    const encoded = encodeMembers(members);
    this.#calls.zRems++;
    return zRem(this.keyspace, this.encodedKey(key), encoded);
  }

  async zRemRangeByRank(
    key: string,
    start: number,
    stop: number,
    options?: CallOptions,
  ): Promise<number> {
    this.enter(options);
    checkRanks(start, stop);
    return this.#removeRange(key, (set) => set.removeRange(start, stop));
  }

  async zRemRangeByScore(
    key: string,
    min: ScoreBound,
    max: ScoreBound,
    options?: CallOptions,
  ): Promise<number> {
    this.enter(options);
    checkScoreRange(min, max);
    return this.#removeRange(key, (set) => set.removeRangeByScore(min, max));
  }

  async zPopMin(key: string, count = 1, options?: CallOptions): Promise<ZMember[]> {
    this.enter(options);
    checkPops(count);
    return this.#pop(this.encodedKey(key), "min", count);
  }

  async zPopMax(key: string, count = 1, options?: CallOptions): Promise<ZMember[]> {
    this.enter(options);
    checkPops(count);
    return this.#pop(this.encodedKey(key), "max", count);
  }

  async *zScan(key: string, options?: CallOptions): AsyncIterableIterator<ZMember> {
    let cursor = 0;
    do {
      this.enter(options);
      const batch = this.#read(key).scan(cursor, SCAN_MEMBERS);
      cursor = batch.cursor;
      for (const entry of decodeMembers(batch.members)) {
        yield entry;
        this.enter(options);
      }
    } while (cursor !== 0);
  }

  async zUnion(keys: readonly string[], options?: ZCombineOptions): Promise<ZMember[]> {
    this.enter(options);
    return decodeMembers(zCombine(this.keyspace, "union", this.encodedKeys(keys), options ?? {}));
  }

  async zInter(keys: readonly string[], options?: ZCombineOptions): Promise<ZMember[]> {
    this.enter(options);
    return decodeMembers(
      zCombine(this.keyspace, "intersection", this.encodedKeys(keys), options ?? {}),
    );
  }

  async zDiff(keys: readonly string[], options?: CallOptions): Promise<ZMember[]> {
    this.enter(options);
    checkPlain(options);
    return decodeMembers(zCombine(this.keyspace, "difference", this.encodedKeys(keys), {}));
  }

  async zUnionStore(
    destination: string,
    keys: readonly string[],
    options?: ZCombineOptions,
  ): Promise<number> {
    this.enter(options);
    const target = this.encodedKey(destination);
    return zCombineStore(this.keyspace, "union", target, this.encodedKeys(keys), options ?? {});
  }

  async zInterStore(
    destination: string,
    keys: readonly string[],
    options?: ZCombineOptions,
  ): Promise<number> {
    this.enter(options);
    const target = this.encodedKey(destination);
    return zCombineStore(
      this.keyspace,
      "intersection",
      target,
      this.encodedKeys(keys),
      options ?? {},
    );
  }

  async zDiffStore(
    destination: string,
    keys: readonly string[],
    options?: CallOptions,
  ): Promise<number> {
    this.enter(options);
    checkPlain(options);
    const target = this.encodedKey(destination);
    return zCombineStore(this.keyspace, "difference", target, this.encodedKeys(keys), {});
  }

  async zRangeStore(
    destination: string,
    source: string,
    start: number,
    stop: number,
    options?: ZReverseOptions,
  ): Promise<number> {
    this.enter(options);
    checkFlags(options, REVERSE_FLAG);
    const reverse = options?.reverse === true;
    const [target, from] = [this.encodedKey(destination), this.encodedKey(source)];
    return zRangeStore(this.keyspace, target, from, start, stop, reverse);
  }

  async zRangeByLex(
    key: string,
    min: LexBound,
    max: LexBound,
    options?: ZRangeOptions,
  ): Promise<ZMember[]> {
    this.enter(options);
    const [from, to] = [encodeLexBound(min), encodeLexBound(max)];
    checkFlags(options, REVERSE_FLAG);
    checkWindow(options ?? NO_OPTIONS);
    this.#calls.zRangeQueries++;
    const set = this.#read(key);
    return decodeFrom(set, set.rangeByLex(from, to, options));
  }

  async zLexCount(
    key: string,
    min: LexBound,
    max: LexBound,
    options?: CallOptions,
  ): Promise<number> {
    this.enter(options);
    const [from, to] = [encodeLexBound(min), encodeLexBound(max)];
    return this.#read(key).countByLex(from, to);
  }

  async zRemRangeByLex(
    key: string,
    min: LexBound,
    max: LexBound,
    options?: CallOptions,
  ): Promise<number> {
    this.enter(options);
    const [from, to] = [encodeLexBound(min), encodeLexBound(max)];
    return this.#removeRange(key, (set) => set.removeRangeByLex(from, to));
  }

  async zRandMember(key: string, count = 1, options?: CallOptions): Promise<ZMember[]> {
    this.enter(options);
    checkSample(count);
    return decodeMembers(this.#read(key).sample(count));
  }

  async zMPop(
    keys: readonly string[],
    end: "min" | "max",
    count = 1,
    options?: CallOptions,
  ): Promise<{ key: string; members: ZMember[] } | undefined> {
    this.enter(options);
    const encoded = this.encodedKeys(keys);
    if (end !== "min" && end !== "max") {
      throw invalidOptions("pop members", `the end must be "min" or "max"`, show(end));
    }
    if (encoded.length === 0)
      throw invalidOptions("pop members", "there must be at least one key", "none");
    checkPops(count);
    if (count === 0) throw invalidOptions("pop members", "count must be above 0", "0");
    for (const key of encoded) {
      const members = this.#pop(key, end, count);
      if (members.length > 0) return { key: decodeText(key), members };
    }
    return undefined;
  }

  /** As `StateTransfer.readScores`. */
  override async readScores(
    key: string,
    members: readonly string[],
    options?: CallOptions,
  ): Promise<Scores | undefined> {
    this.enter(options);
    const encoded = encodeMembers(members);
    return readScores(this.keyspace, this.encodedKey(key), encoded);
  }

  /** As `StateTransfer.writeScores`. */
  override async writeScores(
    key: string,
    members: readonly string[],
    scores: Scores,
    options?: CallOptions,
  ): Promise<boolean> {
    this.enter(options);
    const encoded = encodeMembers(members);
    const wanted = encodeScores(scores, encoded.length);
    return writeScores(this.keyspace, this.encodedKey(key), encoded, wanted);
  }

  /**
   * As {@link MemoryCache.metrics}, and what is counted of sorted sets.
   *
   * @example
   * ```ts
   * import { MemoryLeaderboardCache } from "laurel";
   *
   * await using cache = new MemoryLeaderboardCache();
   * await cache.zAdd("scores", { member: "ada", score: 1200 });
   * const { zAdds, leaderboards, members } = cache.metrics();
   * console.log(zAdds, leaderboards, members); // 1 1 1
   * ```
   */
  override metrics(): MemoryLeaderboardCacheMetrics {
    const metrics = super.metrics();
    const { leaderboards, members } = this.keyspace;
    return { ...metrics, ...this.#calls, leaderboards, members };
  }

  protected override empty(): void {
    super.empty();
    this.#staged.clear();
  }

  protected override writeSortedSet(
    key: string,
    state: SortedSetState,
    options: WriteStateOptions | undefined,
  ): void {
    const transfer = options?.transfer;
    checkTransfer(transfer);
    const chunk = encodeSetChunk(state);
    // To walk over the members is to run the caller's code: it may have closed the cache.
    this.enter(options);
    this.#staged.write(key, chunk, transfer);
  }

  #read(key: string): SortedSet {
    return readSet(this.keyspace, this.encodedKey(key)) ?? EMPTY;
  }

  #pop(key: string, end: "min" | "max", count: number): ZMember[] {
    return decodeMembers(zPop(this.keyspace, key, end, count));
  }

  #removeRange(key: string, take: (set: SortedSet) => ZMember[]): number {
    const encoded = this.encodedKey(key);
    this.#calls.zRems++;
    return removeEntries(this.keyspace, encoded, take).length;
  }
}

/** Decodes what was read from a set, unless it never had a member that is not ASCII. */
function decodeFrom(set: SortedSet, entries: ZMember[]): ZMember[] {
  return set.isAscii ? entries : decodeMembers(entries);
}

/** Throws `INVALID_RANGE` unless both bounds are some. */
function checkScoreRange(min: ScoreBound, max: ScoreBound): void {
  boundScore(min);
  boundScore(max);
}

function encodeLexBound(bound: LexBound): LexBound {
  checkLexBound(bound);
  return bound === "-" || bound === "+"
    ? bound
    : `${bound.startsWith("[") ? "[" : "("}${encodeMember(bound.slice(1))}`;
}

/** A difference has neither weights nor an aggregate. */
function checkPlain(options: ZCombineOptions | undefined): void {
  if (options?.weights === undefined && options?.aggregate === undefined) return;
  const given = options?.weights === undefined ? "an aggregate" : "weights";
  throw invalidOptions("combine sorted sets", "a difference takes no weights, no aggregate", given);
}

/** Throws `INVALID_OPTIONS` for a flag that is neither a boolean nor left out. */
function checkFlags<T extends object>(options: T | undefined, flags: readonly (keyof T)[]): void {
  if (options === undefined) return;
  for (const flag of flags) {
    const value = options[flag];
    if (value !== undefined && typeof value !== "boolean") {
      throw invalidOptions("use options", `${String(flag)} must be a boolean`, show(value));
    }
  }
}

function invalidOptions(verb: string, reason: string, received: string): CacheError {
  return new CacheError("INVALID_OPTIONS", `Cannot ${verb}: ${reason}: received ${received}`);
}
