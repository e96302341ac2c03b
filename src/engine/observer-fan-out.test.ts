import { expect, test } from "vitest";
import type { KeyspaceObserver } from "./keyspace.ts";
import { withObserver, withoutObserver } from "./observer-fan-out.ts";

/** An observer that notes what it hears, and then does what it is given to do. */
function noting(name: string, seen: string[], then = (): void => {}): KeyspaceObserver {
  const note = (what: string): void => {
    seen.push(`${name} ${what}`);
    then();
  };
  return {
    changed: (key) => note(`changed ${key}`),
    filled: (key) => note(`filled ${key}`),
    clearing: () => note("clearing"),
  };
}

test("several observers are told everything in the order in which they came, each once", () => {
  const seen: string[] = [];
  const [a, b] = [noting("a", seen), noting("b", seen)];
  const both = withObserver(withObserver(withObserver(undefined, a), b), a);
  both.changed("k");
  both.filled("k");
  both.clearing(undefined);
  expect(seen).toEqual([
    "a changed k",
    "b changed k",
    "a filled k",
    "b filled k",
    "a clearing",
    "b clearing",
  ]);
});

test("one that leaves leaves the others, even while it is told something", () => {
  const seen: string[] = [];
  let all: KeyspaceObserver | undefined;
  const a: KeyspaceObserver = noting("a", seen, () => {
    all = withoutObserver(all, a);
  });
  const b = noting("b", seen);
  all = withObserver(withObserver(undefined, a), b);
  all.changed("k");
  expect(seen).toEqual(["a changed k", "b changed k"]);
  expect(all).toBe(b);
  expect(withoutObserver(all, a)).toBe(b);
  expect(withoutObserver(all, b)).toBe(undefined);
  expect(withoutObserver(undefined, b)).toBe(undefined);
});
