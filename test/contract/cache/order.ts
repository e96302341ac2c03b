import type { Cache } from "laurel";
import { describe, expect } from "vitest";
import { type Backend, contractTest } from "../backend.ts";
import { bytes, contents } from "../expectations.ts";

const CALLS = 1000;

/** Calls that nobody awaits in between take effect in the order in which they were made. */
export function describeOrder(backend: Backend<Cache>): void {
  const test = contractTest(backend);

  describe("order of calls", () => {
    test("a thousand interleaved calls end as their order says", async (cache) => {
      const replies: Promise<unknown>[] = [];
      const expected: unknown[] = [];
      let log = "";
      let count = 0;
      let last: string | undefined;
      for (let i = 0; i < CALLS; i++) {
        switch (i % 8) {
          case 0:
            replies.push(cache.incr("count", i));
            expected.push((count += i));
            break;
          case 1:
            replies.push(cache.append("log", `${i};`));
            expected.push((log += `${i};`).length);
            break;
          case 2:
            replies.push(cache.set("last", `${i}`));
            expected.push(undefined);
            last = `${i}`;
            break;
          case 3:
            replies.push(cache.get("last"));
            expected.push(last === undefined ? undefined : bytes(last));
            break;
          case 4:
            replies.push(cache.decr("count", 3));
            expected.push((count -= 3));
            break;
          case 5:
            replies.push(cache.delete("last"));
            expected.push(last !== undefined);
            last = undefined;
            break;
          case 6:
            replies.push(cache.exists("last"));
            expected.push(false);
            break;
          default:
            replies.push(cache.getMany(["count", "log"]));
            expected.push([bytes(`${count}`), bytes(log)]);
        }
      }
      expect(await Promise.all(replies)).toEqual(expected);
      const end = await contents(cache);
      expect([...end.keys()]).toEqual(["count", "log"]);
    });

    test("clear stands in the order, too", async (cache) => {
      const replies = [
        cache.set("a", "1"),
        cache.clear(),
        cache.exists("a"),
        cache.set("a", "2"),
        cache.exists("a"),
        cache.setMany([["b", "3"]]),
        cache.clear(),
        cache.incr("b"),
      ];
      const none = undefined;
      expect(await Promise.all(replies)).toEqual([none, none, false, none, true, none, none, 1]);
    });

    test("a refused call does not hold up the others", async (cache) => {
      const replies = await Promise.allSettled([
        cache.set("n", "no number"),
        cache.incr("n"),
        cache.set("n", "5"),
        cache.incr("n"),
        cache.set("", "v"),
        cache.get("n"),
      ]);
      const statuses = replies.map(({ status }) => status === "fulfilled");
      expect(statuses).toEqual([true, false, true, true, false, true]);
      expect(replies[5]).toMatchObject({ value: bytes("6") });
    });
  });
}
