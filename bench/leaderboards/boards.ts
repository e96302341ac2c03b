import { Redis } from "ioredis";
import RedisMock from "ioredis-mock";
import { MemoryLeaderboardCache } from "laurel";
import { SortedSet } from "laurel/structures";
import PeerSortedSet from "tlhunter-sorted-set";
import { BOARD } from "../sorted-set-calls.ts";
import type { ServerProcess } from "../server/server-process.ts";
import { MapSortedAtRead, SortedArray } from "./plain-boards.ts";
import type { Entry, NamedBoard } from "./ranked-board.ts";

/** Arguments of one call: more than so many entries would not fit on ioredis-mock's stack. */
const ENTRIES_AT_ONCE = 10_000;

/** Laurel's board behind its awaited contract: what the others are compared with. */
export function laurelBoard(): NamedBoard<Promise<unknown>> {
  const cache = new MemoryLeaderboardCache();
  return {
    name: "Laurel: MemoryLeaderboardCache",
    board: {
      fill: (entries) => cache.zAdd(BOARD, entries.map(asMember)),
      add: (member, score) => cache.zAdd(BOARD, { member, score }),
      increment: (member, delta) => cache.zIncrBy(BOARD, member, delta),
      rank: (member) => cache.zRank(BOARD, member),
      first: (count) => cache.zRange(BOARD, 0, count - 1),
    },
    close: () => cache.close(),
  };
}

function asMember([member, score]: Entry): { member: string; score: number } {
  return { member, score };
}

/** Those whose calls return at once. */
export function synchronousBoards(): NamedBoard<unknown>[] {
  const set = new SortedSet();
  const peer = new PeerSortedSet();
  return [
    {
      name: "Laurel: SortedSet, synchronous",
      board: {
        fill: (entries) => entries.forEach(([member, score]) => set.set(member, score)),
        add: (member, score) => set.set(member, score),
        increment: (member, delta) => set.increment(member, delta),
        rank: (member) => set.rank(member),
        first: (count) => set.range(0, count - 1),
      },
    },
    {
      name: "tlhunter-sorted-set, synchronous",
      board: {
        fill: (entries) => entries.forEach(([member, score]) => peer.add(member, score)),
        add: (member, score) => peer.add(member, score),
        increment: (member, delta) => peer.incrBy(delta, member),
        rank: (member) => peer.rank(member),
        first: (count) => peer.range(0, count - 1, { withScores: true }),
      },
    },
    { name: "an array kept sorted", board: new SortedArray() },
    { name: "a Map sorted at each read", board: new MapSortedAtRead() },
  ];
}

/** Those that are awaited: the mock, and Redis itself where it runs. */
export function awaitedBoards(redis: ServerProcess | undefined): NamedBoard<Promise<unknown>>[] {
  const boards = [clientBoard("ioredis-mock", new RedisMock())];
  if (redis === undefined) return boards;
  return [
    ...boards,
    clientBoard("Redis over loopback, ioredis", new Redis({ port: redis.port, host: "127.0.0.1" })),
  ];
}

function clientBoard(name: string, client: Redis): NamedBoard<Promise<unknown>> {
  return {
    name,
    board: {
      fill: async (entries) => {
        for (let from = 0; from < entries.length; from += ENTRIES_AT_ONCE) {
          const batch = entries.slice(from, from + ENTRIES_AT_ONCE);
          await client.zadd(BOARD, ...batch.flatMap(([member, score]) => [score, member]));
        }
      },
      add: (member, score) => client.zadd(BOARD, score, member),
      increment: (member, delta) => client.zincrby(BOARD, delta, member),
      rank: (member) => client.zrank(BOARD, member),
      first: (count) => client.zrange(BOARD, 0, count - 1, "WITHSCORES"),
    },
    close: () => client.quit(),
  };
}
