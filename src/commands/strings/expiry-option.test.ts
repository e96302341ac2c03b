import { describe, expect, test } from "vitest";
import { deadlineOf, EXPIRY_OPTIONS, type ExpiryUnit } from "./expiry-option.ts";

const NOW = 1000;

function deadline(option: string, text: string): number {
  return deadlineOf(text, EXPIRY_OPTIONS.get(option) as ExpiryUnit, NOW, "set");
}

describe("a deadline", () => {
  test("is counted from now or from the epoch, in seconds or milliseconds", () => {
    expect(deadline("ex", "2")).toBe(3000);
    expect(deadline("px", "2")).toBe(1002);
    expect(deadline("exat", "2")).toBe(2000);
    expect(deadline("pxat", "2")).toBe(2);
  });

  test.each(["ex", "px", "exat", "pxat"])("given by %s is positive", (option) => {
    expect(() => deadline(option, "0")).toThrow("ERR invalid expire time in 'set' command");
    expect(() => deadline(option, "-1")).toThrow("ERR invalid expire time in 'set' command");
    expect(() => deadline(option, "1.5")).toThrow("ERR value is not an integer or out of range");
  });

  test.each([
    ["exat", "9223372036854775", "9223372036854776"],
    ["ex", "9223372036854774", "9223372036854775"],
    ["px", "9223372036854774807", "9223372036854774808"],
  ])("given by %s may be %s, but %s is beyond 64 bits", (option, last, next) => {
    expect(deadline(option, last)).toBeGreaterThan(2 ** 62);
    expect(() => deadline(option, next)).toThrow("ERR invalid expire time in 'set' command");
  });
});
