import type { LeaderboardCache, ScoreBound, ZMember } from "laurel";
import {
  checkIndex,
  checkName,
  checkScore,
  compareBytes,
  withinScores,
  withinWords,
} from "./input.ts";
import type { Answers, Board, BoardMethod } from "./model-cache.ts";
import { isText, ModelCache } from "./model-cache.ts";
import { refuseIf } from "./refusal.ts";

type Options<M extends BoardMethod, Index extends number> = NonNullable<
  Parameters<LeaderboardCache[M]>[Index]
>;
type Page = Options<"zRangeByScore", 3>;
type Weighing = Options<"zUnion", 1>;

function sorted(board: Board): Board {
  return board.toSorted((a, b) => a.score - b.score || compareBytes(a.member, b.member));
}

function without(board: Board, gone: Board): Board {
  const names = new Set(gone.map(({ member }) => member));
  return board.filter(({ member }) => !names.has(member));
}

function turned(board: Board, reverse = false): Board {
  return reverse ? board.toReversed() : board;
}

function scoreIn(board: Board, member: string): number | undefined {
  return board.find((one) => one.member === member)?.score;
}

/** Start to stop, both included, negatives counted from the end. */
function slice(board: Board, start: number, stop: number): Board {
  checkIndex(start);
  checkIndex(stop);
  const from = start < 0 ? start + board.length : start;
  const to = stop < 0 ? stop + board.length : stop;
  return board.filter((_, rank) => rank >= from && rank <= to);
}

function paged(board: Board, { reverse = false, offset = 0, count = -1 }: Page): ZMember[] {
  checkIndex(offset);
  checkIndex(count);
  refuseIf(offset < 0, "INVALID_RANGE");
  const rest = turned(board, reverse).slice(offset);
  return count < 0 ? rest : rest.slice(0, count);
}

function orZero(score: number): number {
  return Number.isNaN(score) ? 0 : score;
}

const AGGREGATES = {
  sum: (a: number, b: number) => orZero(a + b),
  min: (a: number, b: number) => Math.min(a, b),
  max: (a: number, b: number) => Math.max(a, b),
};

/** The contract of `LeaderboardCache` over boards that are sorted anew by each call. */
export class ModelLeaderboardCache
  extends ModelCache
  implements Answers<LeaderboardCache, BoardMethod>
{
  zAdd(key: string, members: ZMember | Iterable<ZMember>, options: Options<"zAdd", 2> = {}) {
    const { nx, xx, gt, lt, changed } = options;
    const order = Symbol.iterator in members ? [...members] : [members];
    checkName(key, "INVALID_KEY");
    refuseIf(Boolean((nx && (xx || gt || lt)) || (gt && lt)), "INVALID_OPTIONS");
    for (const { member, score } of order) {
      checkName(member, "INVALID_MEMBER");
      checkScore(score);
    }
    let board = this.board(key);
    let added = 0;
    let moved = 0;
    for (const { member, score } of order) {
      const old = scoreIn(board, member);
      const refused =
        old === undefined ? xx : nx || (gt && !(score > old)) || (lt && !(score < old));
      if (refused) continue;
      if (old === undefined) added++;
      else if (old !== score) moved++;
      board = sorted([...board.filter((one) => one.member !== member), { member, score }]);
    }
    this.put(key, board);
    return changed ? added + moved : added;
  }

  zIncrBy(key: string, member: string, delta: number): number {
    checkName(key, "INVALID_KEY");
    checkName(member, "INVALID_MEMBER");
    checkScore(delta);
    const score = (scoreIn(this.board(key), member) ?? 0) + delta;
    this.zAdd(key, { member, score });
    return score;
  }

  zScore(key: string, member: string): number | undefined {
    return this.zMScore(key, [member])[0];
  }

  zMScore(key: string, members: readonly string[]): (number | undefined)[] {
    checkName(key, "INVALID_KEY");
    for (const member of members) checkName(member, "INVALID_MEMBER");
    return members.map((member) => scoreIn(this.board(key), member));
  }

  zRank(key: string, member: string, { reverse }: Options<"zRank", 2> = {}): number | undefined {
    checkName(key, "INVALID_KEY");
    checkName(member, "INVALID_MEMBER");
    const rank = turned(this.board(key), reverse).findIndex((one) => one.member === member);
    return rank < 0 ? undefined : rank;
  }

  zRange(key: string, start: number, stop: number, { reverse }: Options<"zRange", 3> = {}) {
    checkName(key, "INVALID_KEY");
    checkIndex(start);
    checkIndex(stop);
    return [...slice(turned(this.board(key), reverse), start, stop)];
  }

  zRangeByScore(key: string, min: ScoreBound, max: ScoreBound, page: Page = {}): ZMember[] {
    checkName(key, "INVALID_KEY");
    const within = withinScores(min, max);
    paged([], page);
    return paged(
      this.board(key).filter(({ score }) => within(score)),
      page,
    );
  }

  zRangeByLex(key: string, min: string, max: string, page: Page = {}): ZMember[] {
    checkName(key, "INVALID_KEY");
    const within = withinWords(min, max);
    paged([], page);
    return paged(
      this.board(key).filter(({ member }) => within(member)),
      page,
    );
  }

  zCard(key: string): number {
    checkName(key, "INVALID_KEY");
    return this.board(key).length;
  }

  zCount(key: string, min: ScoreBound, max: ScoreBound): number {
    return this.zRangeByScore(key, min, max).length;
  }

  zLexCount(key: string, min: string, max: string): number {
    return this.zRangeByLex(key, min, max).length;
  }

  zRem(key: string, members: string | Iterable<string>): number {
    checkName(key, "INVALID_KEY");
    const names = typeof members === "string" ? [members] : [...members];
    for (const member of names) checkName(member, "INVALID_MEMBER");
    return this.#remove(
      key,
      this.board(key).filter(({ member }) => names.includes(member)),
    ).length;
  }

  zRemRangeByRank(key: string, start: number, stop: number): number {
    return this.#remove(key, this.zRange(key, start, stop)).length;
  }

  zRemRangeByScore(key: string, min: ScoreBound, max: ScoreBound): number {
    return this.#remove(key, this.zRangeByScore(key, min, max)).length;
  }

  zRemRangeByLex(key: string, min: string, max: string): number {
    return this.#remove(key, this.zRangeByLex(key, min, max)).length;
  }

  zPopMin(key: string, count = 1): ZMember[] {
    return this.#pop(key, count, false);
  }

  zPopMax(key: string, count = 1): ZMember[] {
    return this.#pop(key, count, true);
  }

  zMPop(keys: readonly string[], side: "min" | "max", count = 1) {
    for (const key of keys) checkName(key, "INVALID_KEY");
    refuseIf(keys.length === 0, "INVALID_OPTIONS");
    checkIndex(count);
    refuseIf(count < 0, "INVALID_RANGE");
    const key = keys.find((one) => this.board(one).length > 0);
    if (key === undefined) return undefined;
    return { key, members: this.#pop(key, count, side === "max") };
  }

  zUnion(keys: readonly string[], options: Weighing = {}): ZMember[] {
    const boards = this.#weighed(keys, options);
    const names = new Set(boards.flatMap((board) => board.map(({ member }) => member)));
    return this.#combined(boards, [...names], options);
  }

  zInter(keys: readonly string[], options: Weighing = {}): ZMember[] {
    const boards = this.#weighed(keys, options);
    const names = (boards[0] ?? []).map(({ member }) => member);
    const shared = names.filter((name) =>
      boards.every((board) => scoreIn(board, name) !== undefined),
    );
    return this.#combined(boards, shared, options);
  }

  zDiff(keys: readonly string[]): ZMember[] {
    const [first = [], ...others] = this.#weighed(keys, {});
    return [...others.reduce(without, first)];
  }

  zUnionStore(destination: string, keys: readonly string[], options?: Weighing): number {
    return this.#store(destination, () => this.zUnion(keys, options));
  }

  zInterStore(destination: string, keys: readonly string[], options?: Weighing): number {
    return this.#store(destination, () => this.zInter(keys, options));
  }

  zDiffStore(destination: string, keys: readonly string[]): number {
    return this.#store(destination, () => this.zDiff(keys));
  }

  zRangeStore(
    destination: string,
    source: string,
    start: number,
    stop: number,
    options?: Options<"zRangeStore", 4>,
  ): number {
    return this.#store(destination, () => this.zRange(source, start, stop, options));
  }

  /** The board of a key in rank order, empty where there is none. */
  board(key: string): Board {
    const value = this.live(key)?.value ?? [];
    refuseIf(isText(value), "WRONG_TYPE");
    return value as Board;
  }

  #remove<B extends Board>(key: string, gone: B): B {
    if (gone.length > 0) this.put(key, without(this.board(key), gone));
    return gone;
  }

  #pop(key: string, count: number, reverse: boolean): ZMember[] {
    checkName(key, "INVALID_KEY");
    checkIndex(count);
    refuseIf(count < 0, "INVALID_RANGE");
    return this.#remove(key, turned(this.board(key), reverse).slice(0, count));
  }

  #store(destination: string, result: () => ZMember[]): number {
    checkName(destination, "INVALID_KEY");
    const board = result();
    this.delete(destination);
    this.put(destination, sorted(board));
    return board.length;
  }

  #weighed(keys: readonly string[], { weights, aggregate = "sum" }: Weighing): Board[] {
    refuseIf(keys.length === 0, "INVALID_OPTIONS");
    for (const key of keys) checkName(key, "INVALID_KEY");
    refuseIf(!(aggregate in AGGREGATES), "INVALID_OPTIONS");
    refuseIf(weights !== undefined && weights.length !== keys.length, "INVALID_OPTIONS");
    refuseIf(weights?.some(Number.isNaN) ?? false, "INVALID_OPTIONS");
    return keys.map((key, i) =>
      this.board(key).map(({ member, score }) => ({
        member,
        score: orZero(score * (weights?.[i] ?? 1)),
      })),
    );
  }

  #combined(boards: Board[], names: string[], { aggregate = "sum" }: Weighing): ZMember[] {
    const combined = names.map((member) => {
      const scores = boards.flatMap((board) => scoreIn(board, member) ?? []);
      return { member, score: scores.reduce(AGGREGATES[aggregate]) };
    });
    return [...sorted(combined)];
  }
}
