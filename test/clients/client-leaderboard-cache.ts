import type {
  CallOptions,
  LeaderboardCache,
  LexBound,
  ScoreBound,
  ZAddOptions,
  ZCombineOptions,
  ZMember,
  ZRangeOptions,
  ZReverseOptions,
} from "laurel";
import {
  checkScore,
  encodeMember,
  encodeMembers,
  encodeScoredMembers,
} from "../../src/cache/inputs.ts";
import { checkConditions } from "../../src/structures/add-conditions.ts";
import { checkPops, checkRanks, checkSample } from "../../src/structures/range-input.ts";
import {
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
import { ClientCache, SCAN_COUNT } from "./client-cache.ts";
import type { Argument, Reply } from "./port.ts";
import { asCount, asList, asMembers, asPage, asScore, asText } from "./replies.ts";

/** {@link ClientCache} with sorted sets. */
export class ClientLeaderboardCache extends ClientCache implements LeaderboardCache {
  async zAdd(
    key: string,
    members: ZMember | Iterable<ZMember>,
    options?: ZAddOptions,
  ): Promise<number> {
    this.enter(options);
    const flags = flagArguments(options, ["nx", "xx", "gt", "lt", "changed"]);
    checkConditions(options ?? {});
    const pairs = encodeScoredMembers(members).flatMap(({ member, score }) => [
      scoreArgument(score),
      bytesArgument(member),
    ]);
    const target = this.key(key);
    if (pairs.length === 0) return await this.#nothingIn(target);
    return asCount(await this.creating("ZADD", target, [...flags, ...pairs]));
  }

  async zIncrBy(
    key: string,
    member: string,
    delta: number,
    options?: CallOptions,
  ): Promise<number> {
    this.enter(options);
    const name = bytesArgument(encodeMember(member));
    const step = scoreArgument(checkScore(delta));
    return asScore(await this.creating("ZINCRBY", this.key(key), [step, name])) ?? NaN;
  }

  async zScore(key: string, member: string, options?: CallOptions): Promise<number | undefined> {
    this.enter(options);
    const name = bytesArgument(encodeMember(member));
    return asScore(await this.call(["ZSCORE", this.key(key), name]));
  }

  async zMScore(
    key: string,
    members: readonly string[],
    options?: CallOptions,
  ): Promise<(number | undefined)[]> {
    this.enter(options);
    const names = encodeMembers(members).map(bytesArgument);
    const target = this.key(key);
    if (names.length > 0) return asScores(await this.call(["ZMSCORE", target, ...names]));
    await this.#nothingIn(target);
    return [];
  }

  async zRank(key: string, member: string, options?: ZReverseOptions): Promise<number | undefined> {
    this.enter(options);
    const [reverse] = flagArguments(options, ["reverse"]);
    const name = bytesArgument(encodeMember(member));
    const command = reverse === undefined ? "ZRANK" : "ZREVRANK";
    const rank = await this.call([command, this.key(key), name]);
    return rank === null ? undefined : asCount(rank);
  }

  async zRange(
    key: string,
    start: number,
    stop: number,
    options?: ZReverseOptions,
  ): Promise<ZMember[]> {
    this.enter(options);
    const range = rankArguments(start, stop, options);
    return asMembers(await this.call(["ZRANGE", this.key(key), ...range, "WITHSCORES"]));
  }

  async zRangeByScore(
    key: string,
    min: ScoreBound,
    max: ScoreBound,
    options?: ZRangeOptions,
  ): Promise<ZMember[]> {
    this.enter(options);
    const bounds = [scoreBoundArgument(min), scoreBoundArgument(max)] as const;
    const range = [...rangeArguments(bounds, "BYSCORE", options), ...limitArguments(options)];
    return asMembers(await this.call(["ZRANGE", this.key(key), ...range, "WITHSCORES"]));
  }

  async zRangeByLex(
    key: string,
    min: LexBound,
    max: LexBound,
    options?: ZRangeOptions,
  ): Promise<ZMember[]> {
    this.enter(options);
    const bounds = [lexBoundArgument(min), lexBoundArgument(max)] as const;
    const range = [...rangeArguments(bounds, "BYLEX", options), ...limitArguments(options)];
    const target = this.key(key);
    // By member ZRANGE gives no scores: they are those of the same moment.
    let names: Argument[] = [];
    const [scores = []] = await this.together([target], async (connection) => {
      const found = asList(await connection.send(["ZRANGE", target, ...range]));
      names = found as Argument[];
      return names.length === 0 ? [] : [["ZMSCORE", target, ...names]];
    });
    return asScores(scores).map((score, i) => {
      return { member: asText(names[i] as Argument), score: score ?? NaN };
    });
  }

  async zCard(key: string, options?: CallOptions): Promise<number> {
    this.enter(options);
    return asCount(await this.call(["ZCARD", this.key(key)]));
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
    this.enter(options);
    const names = encodeMembers(members).map(bytesArgument);
    const target = this.key(key);
    if (names.length === 0) return await this.#nothingIn(target);
    return asCount(await this.call(["ZREM", target, ...names]));
  }

  async zRemRangeByRank(
    key: string,
    start: number,
    stop: number,
    options?: CallOptions,
  ): Promise<number> {
    this.enter(options);
    const range = rankArguments(start, stop);
    return asCount(await this.call(["ZREMRANGEBYRANK", this.key(key), ...range]));
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
    this.enter(options);
    const asked = this.keyArguments(keys);
    const pop = popArguments(end, asked.length, count);
    const reply = await this.call(["ZMPOP", String(asked.length), ...asked, ...pop]);
    if (reply === null) return undefined;
    const [key = null, members = null] = asList(reply);
    return { key: asText(key), members: asMembers(members) };
  }

  async zRandMember(key: string, count = 1, options?: CallOptions): Promise<ZMember[]> {
    this.enter(options);
    checkSample(count);
    const number = integerArgument(count);
    return asMembers(await this.call(["ZRANDMEMBER", this.key(key), number, "WITHSCORES"]));
  }

  async *zScan(key: string, options?: CallOptions): AsyncIterableIterator<ZMember> {
    let cursor = "0";
    do {
      this.enter(options);
      const page = await this.call(["ZSCAN", this.key(key), cursor, "COUNT", SCAN_COUNT]);
      const [next, found] = asPage(page);
      cursor = next;
      for (const member of asMembers(found)) {
        this.enter(options);
        yield member;
      }
      this.enter(options);
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
    this.enter(options);
    const range = rankArguments(start, stop, options);
    const [target, from] = [this.key(destination), this.key(source)];
    return await this.#store(target, [from], ["ZRANGESTORE", target, from, ...range]);
  }

  async #combine(
    name: "ZUNION" | "ZINTER" | "ZDIFF",
    keys: readonly string[],
    options: ZCombineOptions | undefined,
  ): Promise<ZMember[]> {
    this.enter(options);
    const operands = combineArguments(name, this.keyArguments(keys), options);
    return asMembers(await this.call([name, ...operands, "WITHSCORES"]));
  }

  async #combineStore(
    name: "ZUNION" | "ZINTER" | "ZDIFF",
    destination: string,
    keys: readonly string[],
    options: ZCombineOptions | undefined,
  ): Promise<number> {
    this.enter(options);
    const target = this.key(destination);
    const sources = this.keyArguments(keys);
    const operands = combineArguments(name, sources, options);
    return await this.#store(target, sources, [`${name}STORE`, target, ...operands]);
  }

  /** Replaces a key by what a command makes of others; with the default ttl where there is one. */
  async #store(
    target: Argument,
    sources: readonly Argument[],
    command: readonly Argument[],
  ): Promise<number> {
    const expiry = this.withDefaultTtl(target);
    if (expiry.length === 0) return asCount(await this.call(command));
    const [size = null] = await this.together([target, ...sources], async (connection) => {
      // A source of another type is refused before the destination's ttl changes.
      for (const source of sources) await connection.send(["ZCARD", source]);
      return [command, ...expiry];
    });
    return asCount(size);
  }

  /** A command over a range between two bounds whose reply is a number. */
  async #count<B>(
    name: string,
    key: string,
    [min, max]: readonly [min: B, max: B],
    argument: (bound: B) => Argument,
    options: CallOptions | undefined,
  ): Promise<number> {
    this.enter(options);
    const bounds = [argument(min), argument(max)];
    return asCount(await this.call([name, this.key(key), ...bounds]));
  }

  async #pop(
    name: "ZPOPMIN" | "ZPOPMAX",
    key: string,
    count: number,
    options: CallOptions | undefined,
  ): Promise<ZMember[]> {
    this.enter(options);
    checkPops(count);
    return asMembers(await this.call([name, this.key(key), integerArgument(count)]));
  }

  /** 0, unless the key is of another type. */
  async #nothingIn(key: Argument): Promise<number> {
    await this.call(["ZCARD", key]);
    return 0;
  }
}

function rankArguments(start: number, stop: number, options?: ZReverseOptions): string[] {
  const reverse = flagArguments(options, ["reverse"]);
  checkRanks(start, stop);
  return [integerArgument(start), integerArgument(stop), ...reverse];
}

function asScores(reply: Reply): (number | undefined)[] {
  return asList(reply).map(asScore);
}
