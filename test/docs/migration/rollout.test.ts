/** Holds the code of "A gradual rollout" in docs/migration.md to what the page says of it. */
import { rmSync } from "node:fs";
import { type LeaderboardCache, MemoryLeaderboardCache, type ZMember } from "laurel";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readSections } from "./migration-page.ts";
import { GENERATED, writeModule } from "./run-code.ts";

interface Rollout {
  readShare: number;
  missed: number;
  zIncrBy(key: string, member: string, delta: number): Promise<number>;
  zRem(key: string, member: string): Promise<number>;
  zRange(key: string, start: number, stop: number): Promise<{ member: string; score: number }[]>;
}

/** What the page declares. */
interface Pattern {
  Rollout: new (old: LeaderboardCache, next: LeaderboardCache) => Rollout;
  copyBoard(old: LeaderboardCache, next: LeaderboardCache, key: string): Promise<void>;
  differences(old: LeaderboardCache, next: LeaderboardCache, key: string): Promise<string[]>;
  mend(
    old: LeaderboardCache,
    next: LeaderboardCache,
    key: string,
    members: string[],
  ): Promise<void>;
}

const KEY = "scores";
let page: Pattern;
let old: MemoryLeaderboardCache;
let next: MemoryLeaderboardCache;
let scores: Rollout;

beforeAll(async () => {
  const section = readSections().find(({ title }) => title === "A gradual rollout");
  const [wrapper, comparison] = section?.blocks ?? [];
  const exported = "export { Rollout, copyBoard, differences, mend };\n";
  const code = `${wrapper?.code}${comparison?.code}${exported}`;
  page = (await import(writeModule("rollout", code))) as Pattern;
});
afterAll(() => rmSync(GENERATED, { recursive: true, force: true }));

beforeEach(() => {
  old = new MemoryLeaderboardCache();
  next = new MemoryLeaderboardCache();
  scores = new page.Rollout(old, next);
});

describe("writing both", () => {
  test("tells the new cache results, right even for a member that it had not got", async () => {
    await old.zAdd(KEY, { member: "ada", score: 100 });
    expect(await scores.zIncrBy(KEY, "ada", 5)).toBe(105);
    expect(await next.zScore(KEY, "ada")).toBe(105);
  });

  test("keeps the order of writes that nobody waits for", async () => {
    await Promise.all(Array.from({ length: 50 }, async () => scores.zIncrBy(KEY, "ada", 1)));
    expect(await next.zScore(KEY, "ada")).toBe(50);
  });

  test("counts what the new cache missed, and nobody else hears of it", async () => {
    await next.close();
    expect(await scores.zIncrBy(KEY, "ada", 5)).toBe(5);
    expect(await scores.zRem(KEY, "ada")).toBe(1);
    expect(scores.missed).toBe(2);
  });

  test("fails where the old cache fails, and then tells nothing", async () => {
    await old.set(KEY, "no board");
    await expect(scores.zIncrBy(KEY, "ada", 5)).rejects.toMatchObject({ code: "WRONG_TYPE" });
    expect(await next.exists(KEY)).toBe(false);
  });
});

/** Has seen a member before the last write of it. */
class ScannedBefore extends MemoryLeaderboardCache {
  override async *zScan(): AsyncIterableIterator<ZMember> {
    yield { member: "ada", score: 10 };
  }
}

describe("copying", () => {
  test("brings over what was there, with its deadline", async () => {
    const members = Array.from({ length: 1200 }, (_, score) => ({ member: `m${score}`, score }));
    await old.zAdd(KEY, members);
    await old.expire(KEY, "1h");
    await page.copyBoard(old, next, KEY);
    expect(await next.zRange(KEY, 0, -1)).toEqual(members);
    expect(await next.ttl(KEY)).toBeLessThanOrEqual(3_600_000);
  });

  test("leaves alone what a write brought since", async () => {
    await old.zAdd(KEY, { member: "ada", score: 10 });
    const scanned = new ScannedBefore();
    await scores.zIncrBy(KEY, "ada", 5);
    await page.copyBoard(scanned, next, KEY);
    expect(await next.zScore(KEY, "ada")).toBe(15);
  });
});

describe("comparing", () => {
  test("finds who is missing, who should be gone, and who has another score; mending ends it", async () => {
    await old.zAdd(KEY, [
      { member: "same", score: 1 },
      { member: "missing", score: 2 },
      { member: "other", score: 3 },
    ]);
    await next.zAdd(KEY, [
      { member: "same", score: 1 },
      { member: "gone", score: 2 },
      { member: "other", score: 4 },
    ]);
    const differing = await page.differences(old, next, KEY);
    expect(differing.toSorted()).toEqual(["gone", "missing", "other"]);
    await page.mend(old, next, KEY, differing);
    expect(await page.differences(old, next, KEY)).toEqual([]);
    expect(await next.zRange(KEY, 0, -1)).toEqual(await old.zRange(KEY, 0, -1));
  });

  test("finds nothing after copying under writes", async () => {
    for (let i = 0; i < 2000; i++) await old.zAdd(KEY, { member: `m${i}`, score: i });
    const copied = page.copyBoard(old, next, KEY);
    for (let i = 0; i < 2000; i += 3) await scores.zIncrBy(KEY, `m${i}`, 1);
    await copied;
    expect(await page.differences(old, next, KEY)).toEqual([]);
  });
});

describe("reading", () => {
  const keys = Array.from({ length: 200 }, (_, i) => `board-${i}`);

  /** The keys that are read from the new cache, which alone has a member in each. */
  async function readFromNext(share: number): Promise<string[]> {
    scores.readShare = share;
    const isNext = await Promise.all(
      keys.map(async (key) => (await scores.zRange(key, 0, 0)).length === 1),
    );
    return keys.filter((_, i) => isNext[i]);
  }

  beforeEach(async () => {
    for (const key of keys) await next.zAdd(key, { member: "here", score: 1 });
  });

  test("goes over by the share, and back; a board that has come over stays while it grows", async () => {
    expect(await readFromNext(0)).toEqual([]);
    const some = await readFromNext(0.3);
    expect(some.length).toBeGreaterThan(30);
    expect(some.length).toBeLessThan(90);
    expect(await readFromNext(0.7)).toEqual(expect.arrayContaining(some));
    expect(await readFromNext(1)).toEqual(keys);
    expect(await readFromNext(0)).toEqual([]);
  });

  test("going back loses nothing, since the old cache has every write", async () => {
    scores.readShare = 1;
    await scores.zIncrBy(KEY, "ada", 5);
    scores.readShare = 0;
    expect(await scores.zRange(KEY, 0, -1)).toEqual([{ member: "ada", score: 5 }]);
  });
});
