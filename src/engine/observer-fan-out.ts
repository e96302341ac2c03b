import type { Keyspace, KeyspaceObserver } from "./keyspace.ts";

/** Several observers in the place of one: each is told everything, in the order in which it came. */
class FanOut implements KeyspaceObserver {
  readonly observers: readonly KeyspaceObserver[];

  constructor(observers: readonly KeyspaceObserver[]) {
    this.observers = observers;
  }

  changed(key: string): void {
    for (const observer of this.observers) observer.changed(key);
  }

  filled(key: string): void {
    for (const observer of this.observers) observer.filled(key);
  }

  clearing(replacement: Keyspace | undefined): void {
    for (const observer of this.observers) observer.clearing(replacement);
  }
}

/**
 * What observes a keyspace once another observer has joined those that are there; one that is there
 * already does not come twice. O(observers).
 */
export function withObserver(
  present: KeyspaceObserver | undefined,
  joining: KeyspaceObserver,
): KeyspaceObserver {
  if (present === undefined) return joining;
  const all = observersIn(present);
  return all.includes(joining) ? present : new FanOut([...all, joining]);
}

/** What still observes a keyspace once an observer has left; `undefined`: nobody. O(observers). */
export function withoutObserver(
  present: KeyspaceObserver | undefined,
  leaving: KeyspaceObserver,
): KeyspaceObserver | undefined {
  // Never in place: who leaves because of what it was told is not to shift those who come after it.
  const rest = observersIn(present).filter((observer) => observer !== leaving);
  return rest.length > 1 ? new FanOut(rest) : rest[0];
}

function observersIn(observer: KeyspaceObserver | undefined): readonly KeyspaceObserver[] {
  if (observer === undefined) return [];
  return observer instanceof FanOut ? observer.observers : [observer];
}
