import { describe, expect, test } from "vitest";
import { MemoryCache } from "./memory-cache.ts";
import { MemoryLeaderboardCache } from "./memory-leaderboard-cache.ts";
import { canTransferState } from "./state-transfer.ts";

const whole = {
  readState: () => {},
  writeState: () => {},
  readScores: () => {},
  writeScores: () => {},
};

describe("state transfer is offered by", () => {
  test("both embedded caches", () => {
    expect(canTransferState(new MemoryCache())).toBe(true);
    expect(canTransferState(new MemoryLeaderboardCache())).toBe(true);
  });

  test("whatever has the four calls, of its own or by its class", () => {
    expect(canTransferState(whole)).toBe(true);
    expect(canTransferState(Object.create(whole) as object)).toBe(true);
  });
});

describe("state transfer is not offered by", () => {
  test.each(Object.keys(whole))("what has no %s", (name) => {
    expect(canTransferState({ ...whole, [name]: undefined })).toBe(false);
    expect(canTransferState({ ...whole, [name]: "not a function" })).toBe(false);
  });

  test("what has none of it", () => {
    expect(canTransferState({})).toBe(false);
    expect(canTransferState([])).toBe(false);
  });
});
