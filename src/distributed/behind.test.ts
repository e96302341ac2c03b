import * as fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { Behind, type BehindLimits } from "./behind.ts";
import { ABSENT, type Change, costOf, isWhole, OTHER, type ScoresChange } from "./change.ts";

const ROOMY: BehindLimits = { maxDirtyKeys: 100, maxQueuedWrites: 100, maxQueuedBytes: 100_000 };
const ENTRY_BYTES = costOf(ABSENT);
const behindWith = (limits: Partial<BehindLimits>): Behind => new Behind({ ...ROOMY, ...limits });
const string = (value: string): Change => ({ type: "string", value, expiresAt: Infinity });
const expiry = (expiresAt: number): Change => ({ type: "expiry", expiresAt });

/** What a key holds, as text, after a change; a deadline says nothing of a key that is gone. */
function follow(state: string, change: Change): string {
  if (change.type === "string") return `${String(change.value)} until ${change.expiresAt}`;
  return change.type === "expiry" ? state.replace(/until .*/, `until ${change.expiresAt}`) : "";
}

/** A key: as it is, as the node at the far end has it, and what the node is behind with. */
class Key {
  readonly name: string;
  truth = "";
  atNode = "";
  isDirty = false;
  waiting: Change[] = [];
  flight: Change[] = [];

  constructor(name: string) {
    this.name = name;
  }

  write(behind: Behind, change: Change): void {
    this.truth = follow(this.truth, change);
    if (!behind.hold(this.name, change, 1)) return this.miss(behind);
    expect(!this.isDirty || isWhole(change)).toBe(true);
    this.isDirty = false;
    this.waiting.push(change);
  }

  miss(behind: Behind): void {
    behind.miss(this.name, 1);
    this.isDirty = true;
    this.waiting = [];
  }

  takeOff(): void {
    this.flight = this.waiting;
    this.waiting = [];
  }

  /** What is on its way arrives, as one change, or nobody knows. */
  land(behind: Behind, change: Change | undefined, isLost: boolean): void {
    if (change !== undefined && isLost) this.miss(behind);
    else if (change !== undefined) this.atNode = follow(this.atNode, change);
    this.flight = [];
  }

  /** The node is told all of it. */
  repair(behind: Behind): void {
    if (this.flight.length > 0) return;
    behind.forget(this.name);
    this.atNode = this.truth;
    this.isDirty = false;
    this.waiting = [];
  }

  check(behind: Behind): void {
    const [isInFlight, isWaiting] = [this.flight.length > 0, this.waiting.length > 0];
    expect(behind.isDirty(this.name)).toBe(this.isDirty);
    expect(behind.isInFlight(this.name)).toBe(isInFlight);
    expect(behind.isQueued(this.name)).toBe(isInFlight || isWaiting);
    expect(behind.has(this.name)).toBe(isInFlight || isWaiting || this.isDirty);
    if (this.isDirty) return;
    expect([...this.flight, ...this.waiting].reduce(follow, this.atNode)).toBe(this.truth);
  }
}

function checkCounts(behind: Behind, keys: readonly Key[]): void {
  const namesOf = (is: (key: Key) => boolean): string[] => keys.filter(is).map(({ name }) => name);
  const dirty = namesOf((key) => key.isDirty);
  const waiting = namesOf((key) => key.waiting.length > 0);
  const flight = namesOf((key) => key.flight.length > 0);
  const queued = waiting.length + flight.length;
  expect(behind).toMatchObject({ dirty: dirty.length, waiting: waiting.length, queued });
  expect(behind.isEmpty).toBe(dirty.length + queued === 0);
  expect([...behind.dirtyKeys()].sort()).toEqual(dirty);
  expect([...behind.lacks().keys()].sort()).toEqual([...dirty, ...waiting].sort());
  expect([...behind.keys()].sort()).toEqual([...dirty, ...waiting, ...flight].sort());
}

const NAMES = ["a", "b", "c"];
const name = fc.nat(NAMES.length - 1);
const change = fc.oneof(
  fc.constantFrom("1", "22", "333").map(string),
  fc.constantFrom(1000, 2000).map(expiry),
  fc.constantFrom(ABSENT),
);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ does: fc.constant("write" as const), name, change }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constantFrom("miss", "repair"), name, change }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constantFrom("fly", "lose"), name, change }) },
);
const limits = fc.constantFrom({}, { maxQueuedWrites: 2 }, { maxQueuedBytes: 200 });

test("what a node has, what is on its way and what waits are the truth, but for dirty keys", () => {
  fc.assert(
    fc.property(limits, fc.array(step, { maxLength: 40 }), (limits, steps) => {
      const behind = behindWith(limits);
      const keys = NAMES.map((name) => new Key(name));
      let flight: ReadonlyMap<string, Change> | undefined;
      for (const { does, name, change } of steps) {
        const key = keys[name] as Key;
        if (does === "write") key.write(behind, change);
        else if (does === "miss") key.miss(behind);
        else if (does === "repair") key.repair(behind);
        else if (flight !== undefined) {
          for (const one of keys)
            one.land(behind, flight.get(one.name), one === key && does === "lose");
          behind.land();
          flight = undefined;
        } else if (behind.waiting > 0) {
          flight = behind.takeOff();
          for (const one of keys) one.takeOff();
        }
        for (const one of keys) one.check(behind);
        checkCounts(behind, keys);
      }
    }),
    { numRuns: 500 },
  );
});

describe("a change is not kept", () => {
  test("where it is to be copied", () => {
    const behind = behindWith({});
    expect(behind.hold("key", OTHER, 1)).toBe(false);
    expect(behind.isEmpty).toBe(true);
  });

  test("for one key more than may wait, those on their way included; of the same keys it is", () => {
    const behind = behindWith({ maxQueuedWrites: 2 });
    behind.hold("a", ABSENT, 1);
    behind.takeOff();
    expect(behind.hold("b", ABSENT, 2)).toBe(true);
    expect(behind.hold("c", ABSENT, 3)).toBe(false);
    expect(behind.hold("b", string("again"), 4)).toBe(true);
    behind.land();
    expect(behind.hold("c", ABSENT, 5)).toBe(true);
  });

  test("where it costs more than is left, until what is on its way has landed", () => {
    const behind = behindWith({ maxQueuedBytes: 3 * ENTRY_BYTES });
    expect(behind.hold("a", string("x".repeat(2 * ENTRY_BYTES)), 1)).toBe(true);
    behind.takeOff();
    expect(behind.hold("b", ABSENT, 2)).toBe(false);
    behind.land();
    expect(behind.hold("b", ABSENT, 3)).toBe(true);
  });

  test("of a dirty key, unless it says all; then the key is dirty no more", () => {
    const behind = behindWith({});
    behind.miss("key", 1);
    expect(behind.hold("key", expiry(1000), 2)).toBe(false);
    expect(behind.isDirty("key")).toBe(true);
    expect(behind.hold("key", string("all"), 3)).toBe(true);
    expect(behind.isDirty("key")).toBe(false);
  });
});

describe("a dirty key", () => {
  test("is so since the first miss, even if a change was on its way or waited then", () => {
    const behind = behindWith({});
    behind.miss("missed", 2);
    behind.miss("missed", 9);
    behind.hold("sent", ABSENT, 3);
    behind.takeOff();
    behind.hold("waits", ABSENT, 4);
    behind.hold("waits", ABSENT, 5);
    expect(behind.lacks()).toEqual(
      new Map([
        ["missed", 2],
        ["waits", 4],
      ]),
    );
    behind.miss("sent", 7);
    behind.miss("waits", 8);
    expect(behind.lacks()).toEqual(
      new Map([
        ["missed", 2],
        ["sent", 3],
        ["waits", 4],
      ]),
    );
    expect(behind.dirtySince("waits")).toBe(4);
    expect(behind.dirtySince("other")).toBeUndefined();
  });

  test("finds room among as many as may be, and always where it is one of them", () => {
    const behind = behindWith({ maxDirtyKeys: 1 });
    expect(behind.hasRoomFor("a")).toBe(true);
    behind.miss("a", 1);
    expect(behind.hasRoomFor("a")).toBe(true);
    expect(behind.hasRoomFor("b")).toBe(false);
  });
});

test("when nothing counts any more, only what is on its way is left, and room for more", () => {
  const behind = behindWith({ maxQueuedBytes: 2 * ENTRY_BYTES });
  behind.hold("sent", ABSENT, 1);
  behind.takeOff();
  behind.hold("waits", ABSENT, 2);
  behind.miss("dirty", 3);
  behind.clear();
  expect([...behind.keys()]).toEqual(["sent"]);
  behind.land();
  expect(behind.isEmpty).toBe(true);
  expect(behind.hold("long", string("x".repeat(ENTRY_BYTES)), 4)).toBe(true);
});

const scores = (all: readonly [string, number | undefined][], size: number): ScoresChange => {
  return { type: "scores", scores: new Map(all), size, expiresAt: Infinity };
};

describe("what waits costs", () => {
  test("as much as is left of it: a change that replaces another one, or is dropped, frees its room", () => {
    const behind = behindWith({ maxQueuedBytes: 1000 });
    for (let i = 0; i < 7; i++) behind.hold("k", string("x".repeat(70)), i);
    behind.miss("k", 8);
    behind.forget("k");
    expect(behind.isEmpty).toBe(true);
    expect(behind.hold("k", string("x".repeat(140)), 9)).toBe(true);
  });

  const held = fc.oneof(
    change,
    fc.tuple(fc.subarray(["m", "nn", "ooo"]), fc.nat(4)).map(([names, size]) =>
      scores(
        names.map((name, i) => [name, i === 1 ? undefined : i]),
        size,
      ),
    ),
  );
  const act = fc.oneof(
    { weight: 6, arbitrary: fc.record({ does: fc.constant("hold"), name, change: held }) },
    { weight: 2, arbitrary: fc.record({ does: fc.constantFrom("miss", "forget"), name, change }) },
    { weight: 1, arbitrary: fc.record({ does: fc.constant("fly"), name, change }) },
  );

  test("what the changes cost that are left, whatever became one or was dropped", () => {
    const maxQueuedBytes = 700;
    fc.assert(
      fc.property(fc.array(act, { maxLength: 30 }), (acts) => {
        const behind = behindWith({ maxQueuedBytes });
        for (const { does, name: at, change } of acts) {
          const name = NAMES[at] as string;
          if (does === "hold" && !behind.hold(name, change, 1)) behind.miss(name, 1);
          else if (does === "miss") behind.miss(name, 1);
          else if (does === "forget") behind.forget(name);
          else if (does === "fly") {
            behind.takeOff();
            behind.land();
          }
        }
        const left = [...behind.takeOff().values()].reduce((sum, one) => sum + costOf(one), 0);
        expect(left).toBeLessThanOrEqual(maxQueuedBytes);
        const room = maxQueuedBytes - left - ENTRY_BYTES;
        if (room < 0) return;
        expect(behind.hold("other", string("x".repeat(room + 1)), 1)).toBe(false);
        expect(behind.hold("other", string("x".repeat(room)), 1)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

test("a change that several nodes are behind with stays what it is for each of them", () => {
  const [one, other] = [behindWith({}), behindWith({})];
  const [first, second] = [scores([["ada", 1]], 3), scores([["bob", 2]], 3)];
  for (const behind of [one, other]) behind.hold("board", first, 1);
  const flight = one.takeOff();
  other.hold("board", second, 2);
  expect(flight.get("board")).toEqual(scores([["ada", 1]], 3));
  expect(other.takeOff().get("board")).toEqual(
    scores(
      [
        ["ada", 1],
        ["bob", 2],
      ],
      3,
    ),
  );
});

describe("a key whose latest write a node had begun itself", () => {
  const KEY = "k";

  test("is dirty since after all others", () => {
    const behind = behindWith({});
    behind.miss(KEY, 1);
    behind.missedLast(KEY, 3);
    expect(behind.dirtySince(KEY)).toBe(3);
    behind.miss(KEY, 4);
    expect(behind.dirtySince(KEY)).toBe(3);
  });

  test("is not dirty where it was not", () => {
    const behind = behindWith({});
    behind.missedLast(KEY, 3);
    expect(behind.isEmpty).toBe(true);
  });
});

describe("a dirty key for which a change waits that says all", () => {
  const KEY = "k";
  let behind: Behind;

  beforeEach(() => {
    behind = behindWith({});
    behind.miss(KEY, 1);
    behind.hold(KEY, string("v"), 2);
  });

  test("is dirty as before where the change does not arrive", () => {
    expect(behind.isDirty(KEY)).toBe(false);
    expect([...behind.lacks()]).toEqual([[KEY, 1]]);
    behind.takeOff();
    behind.miss(KEY, 3);
    behind.land();
    expect(behind.dirtySince(KEY)).toBe(1);
  });

  test("was so no longer when it has arrived", () => {
    behind.takeOff();
    behind.land();
    behind.miss(KEY, 3);
    expect(behind.dirtySince(KEY)).toBe(3);
  });
});
