import type { LeaderboardCache, ZMember } from "laurel";
import type { Film } from "./catalogue.ts";
import { count } from "../table.ts";

/** One leaderboard: a sorted set of films, the best with the highest score. */
export interface Board {
  /** The sorted set's key in the cache. */
  readonly key: string;
  readonly title: string;
  /** A film's score; `undefined` keeps the film off the board. */
  readonly scoreOf: (film: Film) => number | undefined;
  readonly show: (score: number) => string;
}

/** With fewer votes than this a rating tells more about the voters than about the film. */
const leastVotes = 25_000;

export const mostVoted: Board = {
  key: "films:votes",
  title: "Most voted",
  scoreOf: ({ votes }) => votes,
  show: count,
};

const bestRated: Board = {
  key: "films:rating",
  title: `Best rated, of ${count(leastVotes)} votes or more`,
  scoreOf: ({ votes, rating }) => (votes !== undefined && votes >= leastVotes ? rating : undefined),
  show: (rating) => rating.toFixed(1),
};

export const highestGrossing: Board = {
  key: "films:gross:worldwide",
  title: "Highest grossing, worldwide",
  scoreOf: ({ worldwideGross }) => worldwideGross,
  show: (dollars) => `$${count(dollars)}`,
};

const highestGrossingUs: Board = {
  key: "films:gross:us",
  title: "Highest grossing, in the US",
  scoreOf: ({ usGross }) => usGross,
  show: (dollars) => `$${count(dollars)}`,
};

export const boards: readonly Board[] = [mostVoted, bestRated, highestGrossing, highestGrossingUs];

/** The films that belong on a board, with their scores there. */
export function entrants(board: Board, films: readonly Film[]): ZMember[] {
  return films.flatMap((film) => {
    const score = board.scoreOf(film);
    return score === undefined ? [] : [{ member: film.member, score }];
  });
}

/** A film's place on a board as people count it: the first is 1. */
export async function placeOf(
  cache: LeaderboardCache,
  board: Board,
  member: string,
): Promise<number | undefined> {
  const rank = await cache.zRank(board.key, member, { reverse: true });
  return rank === undefined ? undefined : rank + 1;
}
