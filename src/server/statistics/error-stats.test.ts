import { expect, test } from "vitest";
import { ErrorStats } from "./error-stats.ts";

test("errors are counted by their codes", () => {
  const stats = new ErrorStats();
  for (const text of ["WRONGTYPE a", "ERR b", "ERR c", "EXECABORT"]) stats.record(text);
  expect(stats.entries()).toEqual([
    ["ERR", 2],
    ["EXECABORT", 1],
    ["WRONGTYPE", 1],
  ]);
  expect(stats.total).toBe(4);
  stats.reset();
  expect(stats.total).toBe(0);
});

test("a client that makes up codes fills no memory", () => {
  const stats = new ErrorStats();
  for (let i = 0; i < 1000; i++) stats.record(`CODE${i} x`);
  expect(stats.entries().length).toBeLessThanOrEqual(129);
  expect(stats.total).toBe(1000);
});
