import { describe, expect, test } from "vitest";
import { CacheError, type CacheErrorCode } from "../errors.ts";
import {
  allOwnersFailed,
  isNodeFailure,
  isPartialWrite,
  isPartlyDone,
  isRefusal,
  isSilence,
  isUnreached,
  isUnsent,
  notUsable,
  partialWrite,
} from "./failure.ts";

const coded = (code: CacheErrorCode, cause?: unknown): CacheError => {
  return new CacheError(code, "Cannot call", { cause });
};
const connectionFailed = (reason: string): CacheError => {
  return coded("CONNECTION_FAILED", Object.assign(new Error(reason), { code: reason }));
};

/** Each error, and what is to be concluded from it: that the node failed, refused, or kept silent. */
const CASES: [what: string, error: unknown, failed: boolean, refused: boolean, silent: boolean][] =
  [
    ["a refused connection", connectionFailed("ECONNREFUSED"), true, true, false],
    [
      "a call that was not sent over a new connection",
      connectionFailed("NOT_SENT"),
      true,
      true,
      false,
    ],
    ["a node that lets nobody in", coded("ACCESS_DENIED"), true, true, false],
    ["a broken connection", connectionFailed("ECONNRESET"), true, false, false],
    [
      "a connection that failed for no known reason",
      coded("CONNECTION_FAILED"),
      true,
      false,
      false,
    ],
    [
      "a connection that failed by a text",
      coded("CONNECTION_FAILED", "ECONNREFUSED"),
      true,
      false,
      false,
    ],
    ["a connection that failed by nothing", coded("CONNECTION_FAILED", null), true, false, false],
    ["no reply in time", coded("TIMEOUT"), true, false, true],
    ["a closed cache", coded("CLOSED"), true, true, false],
    ["a node that was not asked", coded("NODE_UNHEALTHY"), true, true, false],
    ["that no node of its own could", coded("ALL_OWNERS_FAILED"), true, false, false],
    ["that too few of its own are there", coded("INSUFFICIENT_REPLICAS"), false, false, false],
    ["that only some of its own have it", coded("PARTIAL_WRITE"), true, false, false],
    ["a stranger's error", new Error("broken"), true, false, false],
    [
      "a stranger's refused connection",
      Object.assign(new Error(), { code: "ECONNREFUSED" }),
      true,
      false,
      false,
    ],
    ["a stranger's TIMEOUT", { code: "TIMEOUT" }, true, false, false],
    ["nothing at all", undefined, true, false, false],
    ["the wrong type", coded("WRONG_TYPE"), false, false, false],
    ["a full cache", coded("CACHE_FULL"), false, false, false],
    ["a full leaderboard", coded("LEADERBOARD_FULL"), false, false, false],
    ["an answer with a cause", coded("OVERFLOW", { code: "ECONNREFUSED" }), false, false, false],
  ];

describe("an error of a node", () => {
  test.each(CASES)(
    "that says %s is told to be what it is",
    (what, error, failed, refused, silent) => {
      expect(isNodeFailure(error)).toBe(failed);
      expect(isRefusal(error)).toBe(refused);
      expect(isSilence(error)).toBe(silent);
      expect(isUnsent(error)).toBe(what === "a call that was not sent over a new connection");
      expect(isUnreached(error)).toBe(what === "a refused connection");
      expect(isPartlyDone(error)).toBe(what === "that only some of its own have it");
      // Which nodes have it a cache without nodes does not say.
      expect(isPartialWrite(error)).toBe(false);
    },
  );
});

describe("the error of a call", () => {
  const causes = [new Error("first"), new Error("second")];

  test("that no owner answered says on which key, how many failed, and how, in order", () => {
    const error = allOwnersFailed('a "key"', causes);
    expect(error).toMatchObject({ name: "CacheError", code: "ALL_OWNERS_FAILED" });
    expect(error.message).toMatch(
      /^Cannot answer a call on "a \\"key\\"": .+: received 2 failures$/,
    );
    expect((error.cause as AggregateError).errors).toEqual(causes);
  });

  test("shows no more of a long key than its beginning, and may be on no key", () => {
    const { message } = allOwnersFailed("k".repeat(1000), []);
    expect(message).toContain("kkk");
    expect(message.length).toBeLessThan(250);
    expect(allOwnersFailed(undefined, []).message).toMatch(
      /^Cannot answer the call: .+: received 0/,
    );
  });

  test("that is not sent names the node and why, and is a refusal", () => {
    const error = notUsable("node-1", "is behind");
    expect(error.message).toMatch(/^Cannot use node node-1: .+: received one that is behind$/);
    expect("cause" in error).toBe(false);
    expect(notUsable("node-1", "failed", causes[0]).cause).toBe(causes[0]);
    expect([isNodeFailure(error), isRefusal(error)]).toEqual([true, true]);
  });

  test("that too few acknowledged says who has it and who has not, and is told from others", () => {
    const error = partialWrite(["a"], ["b", "c"], causes);
    expect(error.message).toMatch(
      /^Cannot complete the write: .+: received 1 of 3, not from b, c$/,
    );
    expect(isPartialWrite(error) && [error.applied, error.failed]).toEqual([["a"], ["b", "c"]]);
    expect((error.cause as AggregateError).errors).toEqual(causes);
  });
});
