import type { LeaderboardCache } from "../../../src/cache/leaderboard-contract.ts";

/** Keys that are there from the beginning and never change, so that writing all takes a while. */
export const BALLAST_KEYS = 1000;
export const BALLAST_PREFIX = "ballast:";
const FAR_MS = 4_000_000_000_000;
const KEYS = 12;

/** Writes what the calls come on top of. */
export async function writeBallast(cache: LeaderboardCache): Promise<void> {
  const entries = Array.from(
    { length: BALLAST_KEYS },
    (_, i) => [`${BALLAST_PREFIX}${i}`, `value of ${i} `.repeat(4)] as const,
  );
  await cache.setMany(entries);
}

/**
 * The call of a number, always the same: each changes something that no other one does, several of
 * them more than one key or member, which belong together.
 */
export function callOf(i: number): (cache: LeaderboardCache) => Promise<unknown> {
  const key = `k${i % KEYS}`;
  const board = `board${i % 3}`;
  switch (i % 10) {
    case 0:
      return (cache) => cache.set(key, `value ${i}`);
    case 1:
      return (cache) => cache.setMany(["left", "middle", "right"].map((k) => [k, `pair ${i}`]));
    case 2:
      return (cache) =>
        cache.zAdd(
          board,
          [0, 1, 2].map((j) => ({ member: `m${(i + j) % 40}`, score: i })),
        );
    case 3:
      return (cache) => cache.incr("count");
    case 4:
      // It stays short: a value is written anew now and then.
      return (cache) => (i % 100 === 4 ? cache.set("log", "") : cache.append("log", `${i},`));
    case 5:
      return (cache) => cache.zIncrBy(board, `m${i % 40}`, 0.5);
    case 6:
      return (cache) => cache.set(`expiring ${i % 5}`, String(i), { expiresAt: FAR_MS + i });
    case 7:
      return (cache) => cache.zUnionStore("union", ["board0", "board1", "board2"]);
    case 8:
      return (cache) =>
        i % 20 === 8 ? cache.deleteMany(["left", "right", key]) : cache.zPopMin(board, 2);
    default:
      return (cache) => cache.zAdd("last", { member: "call", score: i });
  }
}

/** The same by commands, of which some belong together: each leaves another state. */
export function commandsOf(i: number): readonly (readonly string[])[] {
  const key = `k${i % KEYS}`;
  const board = `board${i % 3}`;
  const text = String(i);
  switch (i % 6) {
    case 0:
      return [
        ["MULTI"],
        ["SET", "left", text],
        ["SET", "right", text],
        ["INCR", "count"],
        ["EXEC"],
      ];
    case 1:
      return [["MULTI"], ["SET", "new", text], ["RENAME", "new", "renamed"], ["EXEC"]];
    case 2:
      return [["ZADD", board, text, `m${i % 40}`, text, `m${(i + 7) % 40}`]];
    case 3:
      return [["MSET", key, text, "left", text, "right", text]];
    case 4:
      return [
        ["MULTI"],
        ["ZADD", "from", text, "m"],
        ["ZUNIONSTORE", "union", "2", "from", board],
        ["DEL", "from", key],
        ["APPEND", `log${i % 50}`, text],
        ["EXEC"],
      ];
    default:
      return [["SET", key, text, "PXAT", String(FAR_MS + i)]];
  }
}
