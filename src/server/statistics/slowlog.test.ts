import { expect, test } from "vitest";
import { Slowlog } from "./slowlog.ts";

function newSlowlog(lengthMax: number): Slowlog {
  const slowlog = new Slowlog(() => 1_700_000_000_999);
  slowlog.keep(lengthMax);
  return slowlog;
}

test("entries are numbered, dated and told newest first", () => {
  const slowlog = newSlowlog(10);
  slowlog.record(["get", "a"], 12.6, "127.0.0.1:1", "me");
  slowlog.record(["get", "b"], 20, "127.0.0.1:2", "");
  expect(slowlog.newest(1)).toEqual([
    {
      id: 1,
      unixSeconds: 1_700_000_000,
      durationMicros: 20,
      argv: ["get", "b"],
      clientAddress: "127.0.0.1:2",
      clientName: "",
    },
  ]);
  expect(slowlog.newest(Infinity).map(({ id }) => id)).toEqual([1, 0]);
});

test("the oldest entries go when there are too many, and when fewer are kept", () => {
  const slowlog = newSlowlog(3);
  for (let i = 0; i < 5; i++) slowlog.record(["ping"], i, "", "");
  expect(slowlog.newest(10).map(({ id }) => id)).toEqual([4, 3, 2]);
  slowlog.keep(1);
  expect(slowlog.newest(10).map(({ id }) => id)).toEqual([4]);
  slowlog.clear();
  expect(slowlog.length).toBe(0);
  slowlog.record(["ping"], 1, "", "");
  expect(slowlog.newest(1)[0]?.id).toBe(5);
});

test("of many arguments the last one kept tells how many more there were", () => {
  const slowlog = newSlowlog(1);
  slowlog.record(
    Array.from({ length: 40 }, (_, at) => `a${at}`),
    1,
    "",
    "",
  );
  const argv = slowlog.newest(1)[0]?.argv ?? [];
  expect(argv).toHaveLength(32);
  expect(argv.at(-2)).toBe("a30");
  expect(argv.at(-1)).toBe("... (9 more arguments)");
});

test("a long argument is cut, and tells how much", () => {
  const slowlog = newSlowlog(1);
  slowlog.record(["set", "x".repeat(130)], 1, "", "");
  expect(slowlog.newest(1)[0]?.argv[1]).toBe(`${"x".repeat(128)}... (2 more bytes)`);
});
