import type { LeaderboardCache, ZMember } from "laurel";
import { members } from "../expectations.ts";

/** Five players, in rank order; two of them share a score. */
export const PLAYERS: readonly ZMember[] = members(
  ["ann", 10],
  ["bob", 20],
  ["cat", 20],
  ["dan", 30],
  ["eve", 40],
);

/** Fills `board` with the five players. */
export async function seedPlayers(cache: LeaderboardCache): Promise<void> {
  await cache.zAdd("board", PLAYERS);
}

/** The whole board in rank order. */
export async function whole(cache: LeaderboardCache, key = "board"): Promise<ZMember[]> {
  return await cache.zRange(key, 0, -1);
}

/** Members of equal score in the order of their UTF-8 bytes, which is not that of UTF-16. */
export const TIES_IN_ORDER = [
  "",
  "\0",
  "\0\0",
  "\x01",
  " ",
  "A",
  "B",
  "__proto__",
  "a",
  "a\0",
  "aa",
  "b",
  "constructor",
  "z".repeat(100),
  `${"z".repeat(100)}é`,
  "\x7f",
  "\u0080",
  "é",
  "\u07ff",
  "\u0800",
  "\ud7ff",
  "\ue000",
  "\uffff",
  "\u{10000}",
  "\u{1f3c6}",
  "\u{10ffff}",
  "\u{10ffff}".repeat(50),
] as const;
