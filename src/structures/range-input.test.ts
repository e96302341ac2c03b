import { describe, expect, test } from "vitest";
import {
  checkPops,
  checkRanks,
  checkSample,
  checkWindow,
  REPEATED_SAMPLES_MAX,
} from "./range-input.ts";

const NO_INTEGERS: readonly unknown[] = [0.5, Number.NaN, Infinity, "1", null, true, {}, [1], 1n];

function expectRefused(check: () => void, reason: string, verb = "use a range"): void {
  expect(check).toThrow(
    expect.objectContaining({
      code: "INVALID_RANGE",
      message: expect.stringContaining(`Cannot ${verb}: ${reason}`) as string,
    }) as Error,
  );
}

describe.each(NO_INTEGERS.map((value) => ({ value: value as never })))("$value", ({ value }) => {
  test("is no rank", () => {
    expectRefused(() => checkRanks(value, 0), "start must be an integer");
    expectRefused(() => checkRanks(0, value), "stop must be an integer");
  });

  test("is no offset and no count", () => {
    const reason = "offset must be a non-negative integer";
    expectRefused(() => checkWindow({ offset: value }), reason);
    expectRefused(() => checkWindow({ count: value }), "count must be an integer");
    expectRefused(() => checkPops(value), "count must be a non-negative integer", "pop members");
    expectRefused(() => checkSample(value), "count must be an integer", "draw members");
  });
});

test("undefined is no rank and no number of pops", () => {
  expectRefused(() => checkRanks(undefined as never, 0), "start must be an integer");
  const reason = "count must be a non-negative integer";
  expectRefused(() => checkPops(undefined as never), reason, "pop members");
});

describe("integers", () => {
  test("of either sign are ranks", () => {
    for (const integer of [0, -0, 1, -1, 2 ** 53, -(2 ** 53)]) {
      expect(checkRanks(integer, -integer)).toBeUndefined();
    }
  });

  test("are sample sizes, with repeats only up to a limit", () => {
    for (const integer of [0, 1, -1, 2 ** 53, -REPEATED_SAMPLES_MAX]) {
      expect(checkSample(integer)).toBeUndefined();
    }
    const beyond = -REPEATED_SAMPLES_MAX - 1;
    expectRefused(() => checkSample(beyond), "count must be an integer, not below", "draw members");
  });

  test("of either sign are counts of a window, but only 0 and above are offsets and pops", () => {
    expect(checkWindow({})).toBeUndefined();
    expect(checkWindow({ offset: undefined, count: undefined })).toBeUndefined();
    expect(checkWindow({ offset: 0, count: -1 })).toBeUndefined();
    expect(checkPops(0)).toBeUndefined();
    expectRefused(() => checkWindow({ offset: -1 }), "offset must be a non-negative integer");
    expectRefused(() => checkPops(-1), "count must be a non-negative integer", "pop members");
  });
});
