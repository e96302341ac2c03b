import { expect, test } from "vitest";
import { SyncPace } from "./sync-pace.ts";

const LIMIT_MS = 0.5;

/** A disk that synced so often, and took so long each time, in milliseconds. */
function paceAfter(...syncs: readonly (readonly [times: number, ms: number])[]): SyncPace {
  const pace = new SyncPace();
  for (const [times, ms] of syncs) {
    for (let i = 0; i < times; i++) pace.took(ms);
  }
  return pace;
}

test("a disk of which nothing is known is not fast", () => {
  expect(new SyncPace().isBelow(LIMIT_MS)).toBe(false);
});

test("the first sync tells how fast a disk is", () => {
  expect(paceAfter([1, 0.4]).isBelow(LIMIT_MS)).toBe(true);
  expect(paceAfter([1, 0.5]).isBelow(LIMIT_MS)).toBe(false);
});

test("a limit of 0 is above no disk", () => {
  expect(paceAfter([10, 0]).isBelow(0)).toBe(false);
});

test("one slow sync makes a disk slow, until several were fast again", () => {
  expect(paceAfter([100, 0.1], [1, 5]).isBelow(LIMIT_MS)).toBe(false);
  expect(paceAfter([100, 0.1], [1, 5], [3, 0.1]).isBelow(LIMIT_MS)).toBe(false);
  expect(paceAfter([100, 0.1], [1, 5], [5, 0.1]).isBelow(LIMIT_MS)).toBe(true);
});

test("one sync that is a little late makes no disk slow, nor one that is fast a slow one fast", () => {
  expect(paceAfter([100, 0.1], [1, 1]).isBelow(LIMIT_MS)).toBe(true);
  expect(paceAfter([100, 5], [1, 0.1]).isBelow(LIMIT_MS)).toBe(false);
});

test("what was long ago does not count", () => {
  expect(paceAfter([1000, 50], [40, 0.1]).isBelow(LIMIT_MS)).toBe(true);
  expect(paceAfter([1000, 0.1], [40, 50]).isBelow(LIMIT_MS)).toBe(false);
});
