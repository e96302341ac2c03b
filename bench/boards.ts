import { MemoryLeaderboardCache } from "laurel";
import { SortedSet } from "laurel/structures";
import PeerSortedSet from "tlhunter-sorted-set";
import type { Players } from "./players.ts";
import { BOARD } from "./sorted-set-calls.ts";

/** Our set with all players in it. */
export function filledSet(players: Players): SortedSet {
  const set = new SortedSet();
  for (let i = 0; i < players.count; i++) {
    set.set(players.names[i] as string, players.scores[i] as number);
  }
  return set;
}

/** The peer's set with all players in it. */
export function filledPeer(players: Players): PeerSortedSet {
  const set = new PeerSortedSet();
  for (let i = 0; i < players.count; i++) {
    set.add(players.names[i] as string, players.scores[i] as number);
  }
  return set;
}

/** What scores cost that nobody ranks by. */
export function filledMap(players: Players): Map<string, number> {
  const map = new Map<string, number>();
  for (let i = 0; i < players.count; i++) {
    map.set(players.names[i] as string, players.scores[i] as number);
  }
  return map;
}

/** A cache whose only board has all players in it. */
export async function filledCache(players: Players): Promise<MemoryLeaderboardCache> {
  const cache = new MemoryLeaderboardCache();
  for (let i = 0; i < players.count; i++) {
    await cache.zAdd(BOARD, {
      member: players.names[i] as string,
      score: players.scores[i] as number,
    });
  }
  return cache;
}
