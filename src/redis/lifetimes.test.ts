import { describe, expect, test } from "vitest";
import { asTime, deadlineArgument, deadlineCommand, Lifetimes } from "./lifetimes.ts";
import type { Reply } from "./port.ts";
import { replyError } from "./server-errors.ts";

const TIME: Reply = [Buffer.from("1700000000"), Buffer.from("123999")];
const NOW_MS = 1_700_000_000_123;

describe("the lifetime of a key", () => {
  test.each<[told: Reply, lifetime: unknown]>([
    [1_700_000_009_999, { expiresAt: 1_700_000_009_999, readAt: NOW_MS }],
    ["1700000009999", { expiresAt: 1_700_000_009_999, readAt: NOW_MS }],
    [-1, { expiresAt: Infinity, readAt: NOW_MS }],
    [-2, undefined],
  ])("of which PEXPIRETIME says %o", (told, lifetime) => {
    const question = new Lifetimes().question("key");
    expect(question.commands).toEqual([["TIME"], ["PEXPIRETIME", "key"]]);
    expect(question.answer([TIME, told])).toEqual(lifetime);
  });

  test("is asked for by PTTL from the moment in which PEXPIRETIME is not known", async () => {
    const lifetimes = new Lifetimes();
    const asked: unknown[] = [];
    const call = async (): Promise<unknown> => {
      const { commands, answer } = lifetimes.question("key");
      asked.push(commands[1]?.[0]);
      if (commands[1]?.[0] === "PTTL") return answer([TIME, 50]);
      throw replyError(new Error("ERR unknown command `PEXPIRETIME`, with args beginning with:"));
    };
    for (let i = 0; i < 2; i++) {
      expect(await lifetimes.ask(call)).toEqual({ expiresAt: NOW_MS + 50, readAt: NOW_MS });
    }
    expect(asked).toEqual(["PEXPIRETIME", "PTTL", "PTTL"]);
  });

  test("is asked for once where the call fails for another reason", async () => {
    const failure = replyError(new Error("LOADING Redis is loading the dataset in memory"));
    let calls = 0;
    const call = (): Promise<never> => {
      calls++;
      return Promise.reject(failure);
    };
    await expect(new Lifetimes().ask(call)).rejects.toBe(failure);
    expect(calls).toBe(1);
  });

  test("fails with what one of its commands failed with", () => {
    const failure = replyError(new Error("NOPERM this user has no permissions"));
    const { answer } = new Lifetimes().question("key");
    expect(() => answer([failure, 1])).toThrow(failure);
    expect(() => answer([TIME, failure])).toThrow(failure);
  });
});

describe("a deadline", () => {
  test.each([
    [NOW_MS, String(NOW_MS)],
    [NOW_MS + 0.25, String(NOW_MS + 1)],
    [0, "1"],
    [-Infinity, "1"],
    [1e300, String(Number.MAX_SAFE_INTEGER)],
  ])("of %d goes out as %s", (deadline, argument) => {
    expect(deadlineArgument(deadline)).toBe(argument);
    expect(deadlineCommand("key", deadline)).toEqual(["PEXPIREAT", "key", argument]);
  });

  test("of Infinity is none", () => {
    expect(deadlineCommand("key", Infinity)).toEqual(["PERSIST", "key"]);
  });
});

test("TIME is told in whole milliseconds, never later than it is", () => {
  expect(asTime(TIME)).toBe(NOW_MS);
  expect(asTime([Buffer.from("5"), Buffer.from("999")])).toBe(5000);
});
