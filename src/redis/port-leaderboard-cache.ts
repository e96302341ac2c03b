import type { CallOptions } from "../cache/contract.ts";
import type {
  LeaderboardCache,
  ZAddOptions,
  ZCombineOptions,
  ZRangeOptions,
  ZReverseOptions,
} from "../cache/leaderboard-contract.ts";
import { checkScore, encodeMember, encodeMembers, encodeScoredMembers } from "../cache/inputs.ts";
import { checkConditions } from "../structures/add-conditions.ts";
import type { LexBound } from "../structures/lex-bound.ts";
import { checkPops, checkRanks, checkSample } from "../structures/range-input.ts";
import type { ScoreBound } from "../structures/score-bound.ts";
import type { ZMember } from "../structures/z-member.ts";
import {
  byteStringOf,
  bytesArgument,
  integerArgument,
  lexBoundArgument,
  scoreArgument,
  scoreBoundArgument,
} from "./arguments.ts";
import {
  combineArguments,
  flagArguments,
  limitArguments,
  popArguments,
  rangeArguments,
} from "./board-arguments.ts";
import { chunksOf } from "./bulk.ts";
import { PortCache } from "./port-cache.ts";
import type { Argument, Command, Connection, Reply } from "./port.ts";
import { asCount, asList, asMembers, asPage, asScore, unlessFailed } from "./replies.ts";
import { interrupted, SCAN_COUNT } from "./scan.ts";
import { RANGE_WITH_SCORES, REPLACE_WITH_TTL, SCRIPT_ARGUMENTS_MAX } from "./scripts.ts";
import { checkSameSlot } from "./slot.ts";
import { transact } from "./transaction.ts";

/** {@link PortCache} with sorted sets. */
export class PortLeaderboardCache extends PortCache implements LeaderboardCache {
  async zAdd(
    key: string,
    members: ZMember | Iterable<ZMember>,
    options?: ZAddOptions,
  ): Promise<number> {
    this.calls.enter(options);
    const flags = flagArguments(options, ["nx", "xx", "gt", "lt", "changed"]);
    checkConditions(options ?? {});
    const scored = encodeScoredMembers(members);
    const target = this.calls.key(key);
    if (scored.length === 0) return await this.#nothingIn(target, options);
    const head: Argument[] = ["ZADD", target, ...flags];
    const commands = chunksOf(scored).map((chunk): Command => head.concat(chunk.flatMap(asPair)));
    return sumOf(await this.creating(target, commands, options));
  }

  async zIncrBy(
    key: string,
    member: string,
    delta: number,
    options?: CallOptions,
  ): Promise<number> {
    this.calls.enter(options);
    const name = bytesArgument(encodeMember(member));
    const step = scoreArgument(checkScore(delta));
    const target = this.calls.key(key);
    const command = ["ZINCRBY", target, step, name];
    const [sum = null] =
      this.defaultTtl === Infinity
        ? [await this.calls.call(command, target, options)]
        : await this.creating(target, [command], options);
    return asScore(sum) ?? NaN;
  }

  async zScore(key: string, member: string, options?: CallOptions): Promise<number | undefined> {
    this.calls.enter(options);
    const name = bytesArgument(encodeMember(member));
    return asScore(await this.#on("ZSCORE", key, [name], options));
  }

  async zMScore(
    key: string,
    members: readonly string[],
    options?: CallOptions,
  ): Promise<(number | undefined)[]> {
    this.calls.enter(options);
    const names = encodeMembers(members).map(bytesArgument);
    const target = this.calls.key(key);
    if (names.length > 0)
      return asScores((await this.#chunked("ZMSCORE", target, names, options)).flatMap(asList));
    await this.#nothingIn(target, options);
    return [];
  }

  async zRank(key: string, member: string, options?: ZReverseOptions): Promise<number | undefined> {
    this.calls.enter(options);
    const [reverse] = flagArguments(options, ["reverse"]);
    const name = bytesArgument(encodeMember(member));
    const command = reverse === undefined ? "ZRANK" : "ZREVRANK";
    const rank = await this.#on(command, key, [name], options);
    return rank === null ? undefined : asCount(rank);
  }

  async zRange(
    key: string,
    start: number,
    stop: number,
    options?: ZReverseOptions,
  ): Promise<ZMember[]> {
    this.calls.enter(options);
    const range = rankArguments(start, stop, options);
    return asMembers(await this.#on("ZRANGE", key, [...range, "WITHSCORES"], options));
  }

  async zRangeByScore(
    key: string,
    min: ScoreBound,
    max: ScoreBound,
    options?: ZRangeOptions,
  ): Promise<ZMember[]> {
    this.calls.enter(options);
    const bounds = [scoreBoundArgument(min), scoreBoundArgument(max)] as const;
    const range = [...rangeArguments(bounds, "BYSCORE", options), ...limitArguments(options)];
    return asMembers(await this.#on("ZRANGE", key, [...range, "WITHSCORES"], options));
  }

  async zRangeByLex(
    key: string,
    min: LexBound,
    max: LexBound,
    options?: ZRangeOptions,
  ): Promise<ZMember[]> {
    this.calls.enter(options);
    const bounds = [lexBoundArgument(min), lexBoundArgument(max)] as const;
    const range = [...rangeArguments(bounds, "BYLEX", options), ...limitArguments(options)];
    const target = this.calls.key(key);
    // By member ZRANGE gives no scores: they are to be those of the same moment.
    const otherwise = async (connection: Connection): Promise<Reply> => {
      let names: Argument[] = [];
      const [scores = []] = await transact(connection, [target], async () => {
        names = asList(await connection.send(["ZRANGE", target, ...range])) as Argument[];
        return names.length === 0 ? [] : [["ZMSCORE", target, ...names]];
      });
      return asList(scores).flatMap((score, i) => [names[i] as Argument, score]);
    };
    return asMembers(await this.calls.run(RANGE_WITH_SCORES, [target], range, otherwise, options));
  }

  async zCard(key: string, options?: CallOptions): Promise<number> {
    this.calls.enter(options);
    return asCount(await this.#on("ZCARD", key, [], options));
  }

  async zCount(
    key: string,
    min: ScoreBound,
    max: ScoreBound,
    options?: CallOptions,
  ): Promise<number> {
    return await this.#count("ZCOUNT", key, [min, max], scoreBoundArgument, options);
  }

  async zLexCount(
    key: string,
    min: LexBound,
    max: LexBound,
    options?: CallOptions,
  ): Promise<number> {
    return await this.#count("ZLEXCOUNT", key, [min, max], lexBoundArgument, options);
  }

  async zRem(
    key: string,
    members: string | Iterable<string>,
    options?: CallOptions,
  ): Promise<number> {
    this.calls.enter(options);
    const names = encodeMembers(members).map(bytesArgument);
    const target = this.calls.key(key);
    if (names.length === 0) return await this.#nothingIn(target, options);
    return sumOf(await this.#chunked("ZREM", target, names, options));
  }

  async zRemRangeByRank(
    key: string,
    start: number,
    stop: number,
    options?: CallOptions,
  ): Promise<number> {
    this.calls.enter(options);
    const range = rankArguments(start, stop);
    return asCount(await this.#on("ZREMRANGEBYRANK", key, range, options));
  }

  async zRemRangeByScore(
    key: string,
    min: ScoreBound,
    max: ScoreBound,
    options?: CallOptions,
  ): Promise<number> {
    return await this.#count("ZREMRANGEBYSCORE", key, [min, max], scoreBoundArgument, options);
  }

  async zRemRangeByLex(
    key: string,
    min: LexBound,
    max: LexBound,
    options?: CallOptions,
  ): Promise<number> {
    return await this.#count("ZREMRANGEBYLEX", key, [min, max], lexBoundArgument, options);
  }

  async zPopMin(key: string, count = 1, options?: CallOptions): Promise<ZMember[]> {
    return await this.#pop("ZPOPMIN", key, count, options);
  }

  async zPopMax(key: string, count = 1, options?: CallOptions): Promise<ZMember[]> {
    return await this.#pop("ZPOPMAX", key, count, options);
  }

  async zMPop(
    keys: readonly string[],
    end: "min" | "max",
    count = 1,
    options?: CallOptions,
  ): Promise<{ key: string; members: ZMember[] } | undefined> {
    this.calls.enter(options);
    const asked = this.calls.keys(keys);
    const pop = popArguments(end, asked.length, count);
    this.#checkTogether(asked);
    const command = ["ZMPOP", String(asked.length), ...asked, ...pop];
    const reply = await this.calls.call(command, asked[0], options);
    if (reply === null) return undefined;
    const [name = null, members = null] = asList(reply);
    const key = this.calls.names.keyOf((name as Buffer).toString("latin1")) ?? "";
    return { key, members: asMembers(members) };
  }

  async zRandMember(key: string, count = 1, options?: CallOptions): Promise<ZMember[]> {
    this.calls.enter(options);
    checkSample(count);
    const number = integerArgument(count);
    return asMembers(await this.#on("ZRANDMEMBER", key, [number, "WITHSCORES"], options));
  }

  /**
   * As {@link LeaderboardCache.zScan}; ends with `CONNECTION_FAILED` when the connection is lost meanwhile,
   * or when another node of the Cluster gets the key.
   *
   * @example
   * ```ts
   * import { RedisLeaderboardCache } from "laurel/redis";
   * import { serve } from "laurel/server";
   *
   * await using server = await serve({ port: 0 });
   * await using cache = new RedisLeaderboardCache(server.url);
   * await cache.zAdd("scores", { member: "ada", score: 1200 });
   * for await (const { member, score } of cache.zScan("scores")) console.log(member, score); // ada 1200
   * ```
   */
  async *zScan(key: string, options?: CallOptions): AsyncIterableIterator<ZMember> {
    const { port } = this.calls.state;
    const { epoch } = port;
    const target = this.calls.key(key);
    let server: string | undefined;
    let cursor = "0";
    do {
      this.calls.enter(options);
      // oxlint-disable-next-line no-await-in-loop -- each page says where the next one begins
      const page = await this.#on("ZSCAN", key, [cursor, "COUNT", SCAN_COUNT], options);
      server ??= port.serverOf(target);
      if (port.epoch !== epoch || port.serverOf(target) !== server) throw interrupted("members");
      const [next, found] = asPage(page);
      cursor = next;
      for (const member of asMembers(found)) {
        this.calls.enter(options);
        yield member;
      }
      this.calls.enter(options);
    } while (cursor !== "0");
  }

  async zUnion(keys: readonly string[], options?: ZCombineOptions): Promise<ZMember[]> {
    return await this.#combine("ZUNION", keys, options);
  }

  async zInter(keys: readonly string[], options?: ZCombineOptions): Promise<ZMember[]> {
    return await this.#combine("ZINTER", keys, options);
  }

  async zDiff(keys: readonly string[], options?: CallOptions): Promise<ZMember[]> {
    return await this.#combine("ZDIFF", keys, options);
  }

  async zUnionStore(
    destination: string,
    keys: readonly string[],
    options?: ZCombineOptions,
  ): Promise<number> {
    return await this.#combineStore("ZUNION", destination, keys, options);
  }

  async zInterStore(
    destination: string,
    keys: readonly string[],
    options?: ZCombineOptions,
  ): Promise<number> {
    return await this.#combineStore("ZINTER", destination, keys, options);
  }

  async zDiffStore(
    destination: string,
    keys: readonly string[],
    options?: CallOptions,
  ): Promise<number> {
    return await this.#combineStore("ZDIFF", destination, keys, options);
  }

  async zRangeStore(
    destination: string,
    source: string,
    start: number,
    stop: number,
    options?: ZReverseOptions,
  ): Promise<number> {
    this.calls.enter(options);
    const range = rankArguments(start, stop, options);
    const [target, from] = [this.calls.key(destination), this.calls.key(source)];
    return await this.#store(target, [from], ["ZRANGESTORE", target, from, ...range], options);
  }

  async #combine(
    name: "ZUNION" | "ZINTER" | "ZDIFF",
    keys: readonly string[],
    options: ZCombineOptions | undefined,
  ): Promise<ZMember[]> {
    this.calls.enter(options);
    const sources = this.calls.keys(keys);
    const operands = combineArguments(name, sources, options);
    this.#checkTogether(sources);
    return asMembers(await this.calls.call([name, ...operands, "WITHSCORES"], sources[0], options));
  }

  async #combineStore(
    name: "ZUNION" | "ZINTER" | "ZDIFF",
    destination: string,
    keys: readonly string[],
    options: ZCombineOptions | undefined,
  ): Promise<number> {
    this.calls.enter(options);
    const target = this.calls.key(destination);
    const sources = this.calls.keys(keys);
    const operands = combineArguments(name, sources, options);
    return await this.#store(target, sources, [`${name}STORE`, target, ...operands], options);
  }

  /** Replaces a key by what a command makes of others; with the default ttl where there is one. */
  async #store(
    target: Argument,
    sources: readonly Argument[],
    command: Command,
    options: CallOptions | undefined,
  ): Promise<number> {
    this.#checkTogether([target, ...sources]);
    if (this.defaultTtl === Infinity) {
      return asCount(await this.calls.call(command, target, options));
    }
    const ttl = integerArgument(this.defaultTtl);
    const otherwise = async (connection: Connection): Promise<Reply> => {
      const [size = null] = await transact(connection, [target, ...sources], async () => {
        // A source of another type is refused before the destination's ttl changes.
        await Promise.all(sources.map((source) => connection.send(["ZCARD", source])));
        return [command, ["PEXPIRE", target, ttl]];
      });
      return size;
    };
    if (command.length > SCRIPT_ARGUMENTS_MAX) {
      return asCount(await this.calls.alone(target, otherwise, options));
    }
    const args = [ttl, ...command];
    const keys = [target, ...sources] as const;
    return asCount(await this.calls.run(REPLACE_WITH_TTL, keys, args, otherwise, options));
  }

  /** A command over a range between two bounds whose reply is a number. */
  async #count<B>(
    name: string,
    key: string,
    [min, max]: readonly [min: B, max: B],
    argument: (bound: B) => Argument,
    options: CallOptions | undefined,
  ): Promise<number> {
    this.calls.enter(options);
    const bounds = [argument(min), argument(max)];
    return asCount(await this.#on(name, key, bounds, options));
  }

  async #pop(
    name: "ZPOPMIN" | "ZPOPMAX",
    key: string,
    count: number,
    options: CallOptions | undefined,
  ): Promise<ZMember[]> {
    this.calls.enter(options);
    checkPops(count);
    return asMembers(await this.#on(name, key, [integerArgument(count)], options));
  }

  /** One command about one key. */
  #on(
    name: string,
    key: string,
    rest: readonly Argument[],
    options: CallOptions | undefined,
  ): Promise<Reply> {
    const target = this.calls.key(key);
    return this.calls.call([name, target, ...rest], target, options);
  }

  /** A command about members; where they are very many, several that take effect together. */
  async #chunked(
    name: string,
    target: Argument,
    members: readonly Argument[],
    options: CallOptions | undefined,
  ): Promise<readonly Reply[]> {
    const commands = chunksOf(members).map((chunk): Command =>
      ([name, target] as Argument[]).concat(chunk),
    );
    const [only] = commands;
    if (commands.length === 1 && only !== undefined) {
      return [await this.calls.call(only, target, options)];
    }
    return unlessFailed(await this.calls.together(commands, target, options));
  }

  /** 0, unless the key is of another type. */
  async #nothingIn(target: Argument, options: CallOptions | undefined): Promise<number> {
    await this.calls.call(["ZCARD", target], target, options);
    return 0;
  }

  /** @throws {CacheError} `CROSS_NODE` in a Cluster, unless all keys are of one slot */
  #checkTogether(names: readonly Argument[]): void {
    if (this.calls.isCluster) checkSameSlot(names.map(byteStringOf));
  }
}

function rankArguments(start: number, stop: number, options?: ZReverseOptions): string[] {
  const reverse = flagArguments(options, ["reverse"]);
  checkRanks(start, stop);
  return [integerArgument(start), integerArgument(stop), ...reverse];
}

function asPair({ member, score }: ZMember): Argument[] {
  return [scoreArgument(score), bytesArgument(member)];
}

function asScores(replies: readonly Reply[]): (number | undefined)[] {
  return replies.map(asScore);
}

function sumOf(replies: readonly Reply[]): number {
  return replies.reduce<number>((sum, reply) => sum + asCount(reply), 0);
}
