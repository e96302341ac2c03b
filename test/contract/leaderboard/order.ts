import type { LeaderboardCache } from "laurel";
import { describe, expect } from "vitest";
import { type Backend, contractTest } from "../backend.ts";
import { members } from "../expectations.ts";

/** Sorted-set calls that nobody awaits in between take effect in the order of calling. */
export function describeBoardOrder(backend: Backend<LeaderboardCache>): void {
  const test = contractTest(backend);

  describe("order of sorted-set calls", () => {
    test("a thousand interleaved calls end as their order says", async (cache) => {
      const replies: Promise<unknown>[] = [];
      const expected: unknown[] = [];
      let score = 0;
      for (let i = 0; i < 250; i++) {
        replies.push(cache.zIncrBy("board", "counter", i));
        expected.push((score += i));
        replies.push(cache.zAdd("board", { member: `m${i}`, score: -1 - i }));
        expected.push(1);
        replies.push(cache.zCard("board"));
        expected.push(i % 5 === 0 ? 2 : (i % 5) + 2);
        replies.push(i % 5 === 4 ? cache.zPopMin("board", 5) : cache.zScore("board", "counter"));
        expected.push(
          i % 5 === 4
            ? Array.from({ length: 5 }, (_, back) => ({
                member: `m${i - back}`,
                score: -1 - i + back,
              }))
            : score,
        );
      }
      expect(await Promise.all(replies)).toEqual(expected);
      expect(await cache.zRange("board", 0, -1)).toEqual(members(["counter", score]));
    });

    test("text and boards under one key follow each other in order", async (cache) => {
      const replies = [
        cache.zAdd("k", members(["a", 1])),
        cache.set("k", "text"),
        cache.delete("k"),
        cache.zAdd("k", members(["b", 2], ["c", 3])),
        cache.zCard("k"),
        cache.clear(),
        cache.incr("k"),
      ];
      expect(await Promise.all(replies)).toEqual([1, undefined, true, 2, 2, undefined, 1]);
    });
  });
}
