import { describe, expect, test } from "vitest";
import {
  AT_MILLISECONDS,
  AT_SECONDS,
  deadlineArgument,
  IN_MILLISECONDS,
  IN_SECONDS,
  positiveDeadlineArgument,
} from "./deadline-argument.ts";

const NOW_MS = 1_700_000_000_000;
const INVALID = "ERR invalid expire time in 'set' command";

describe("a deadline", () => {
  test.each([
    ["1", IN_SECONDS, NOW_MS + 1000],
    ["-5", IN_MILLISECONDS, NOW_MS - 5],
    ["-9223372036854775808", AT_MILLISECONDS, -(2 ** 63)],
    ["1700000001", AT_SECONDS, NOW_MS + 1000],
    ["9223372036854775", AT_SECONDS, 9223372036854775000],
    ["-9223372036854775", AT_SECONDS, -9223372036854775000],
    ["9223372036854775807", AT_MILLISECONDS, 2 ** 63],
    ["9223370336854775807", IN_MILLISECONDS, 2 ** 63],
  ])("given as %s in the form %o", (text, form, expected) => {
    expect(deadlineArgument(text, form, NOW_MS, "set")).toBe(expected);
  });

  test.each([
    ["9223372036854775", IN_SECONDS],
    ["9223372036854776", AT_SECONDS],
    ["-9223372036854776", AT_SECONDS],
    ["9223372036854775807", IN_MILLISECONDS],
    ["9223370336854775808", IN_MILLISECONDS],
  ])("given as %s in the form %o is beyond 64 bits", (text, form) => {
    expect(() => deadlineArgument(text, form, NOW_MS, "set")).toThrow(INVALID);
    expect(() => positiveDeadlineArgument(text, form, NOW_MS, "set")).toThrow(INVALID);
  });

  test.each([IN_SECONDS, IN_MILLISECONDS, AT_SECONDS, AT_MILLISECONDS])(
    "in the form %o is positive where it has to be",
    (form) => {
      const deadline = (text: string): number =>
        positiveDeadlineArgument(text, form, NOW_MS, "set");
      expect(deadline("2")).toBe(deadlineArgument("2", form, NOW_MS, "set"));
      expect(() => deadline("0")).toThrow(INVALID);
      expect(() => deadline("-1")).toThrow(INVALID);
      expect(() => deadline("1.5")).toThrow("ERR value is not an integer or out of range");
    },
  );
});
