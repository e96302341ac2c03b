import type { LeaderboardCache } from "laurel";
import type { SortedSet } from "laurel/structures";
import type PeerSortedSet from "tlhunter-sorted-set";
import type { Players } from "./players.ts";

/** One operation, as each contestant does it. */
export interface Call {
  readonly name: string;
  readonly structure: (set: SortedSet, players: Players, i: number) => unknown;
  readonly contract: (cache: LeaderboardCache, players: Players, i: number) => Promise<unknown>;
  readonly peer: (set: PeerSortedSet, players: Players, i: number) => unknown;
}

/** The key of the board in a cache. */
export const BOARD = "board";

const WITH_SCORES = { withScores: true } as const;
const WINDOW = 100;
/** Counts ask for this part of all scores, which end at 1e9. */
const COUNTED_SCORES = 4e8;
const DELTA_LIMIT = 1000;

/** What a user of a leaderboard does, on any player, each of whom is there. */
export const CALLS: readonly Call[] = [
  {
    name: "update",
    structure: (set, players, i) => set.set(players.name(i), players.newScore(i)),
    contract: (cache, players, i) =>
      cache.zAdd(BOARD, { member: players.name(i), score: players.newScore(i) }),
    peer: (set, players, i) => set.add(players.name(i), players.newScore(i)),
  },
  {
    name: "increment",
    structure: (set, players, i) => set.increment(players.name(i), delta(players, i)),
    contract: (cache, players, i) => cache.zIncrBy(BOARD, players.name(i), delta(players, i)),
    peer: (set, players, i) => set.incrBy(delta(players, i), players.name(i)),
  },
  {
    name: "score",
    structure: (set, players, i) => set.score(players.name(i)),
    contract: (cache, players, i) => cache.zScore(BOARD, players.name(i)),
    peer: (set, players, i) => set.score(players.name(i)),
  },
  {
    name: "rank",
    structure: (set, players, i) => set.rank(players.name(i)),
    contract: (cache, players, i) => cache.zRank(BOARD, players.name(i)),
    peer: (set, players, i) => set.rank(players.name(i)),
  },
  rangeCall("range of 100, wandering over the middle half", (players, i) => players.window(i)),
  rangeCall("range of 100, always the same in the middle", ({ count }) => count >> 1),
  {
    name: "count by score",
    structure: (set, players, i) => {
      const min = players.newScore(i);
      return set.countByScore(min, min + COUNTED_SCORES);
    },
    contract: (cache, players, i) => {
      const min = players.newScore(i);
      return cache.zCount(BOARD, min, min + COUNTED_SCORES);
    },
    peer: (set, players, i) => {
      const min = players.newScore(i);
      return set.count(min, min + COUNTED_SCORES);
    },
  },
];

function rangeCall(name: string, startOf: (players: Players, i: number) => number): Call {
  return {
    name,
    structure: (set, players, i) => {
      const start = startOf(players, i);
      return set.range(start, start + WINDOW - 1);
    },
    contract: (cache, players, i) => {
      const start = startOf(players, i);
      return cache.zRange(BOARD, start, start + WINDOW - 1);
    },
    peer: (set, players, i) => {
      const start = startOf(players, i);
      return set.range(start, start + WINDOW - 1, WITH_SCORES);
    },
  };
}

function delta(players: Players, i: number): number {
  return players.newScore(i) % DELTA_LIMIT;
}
