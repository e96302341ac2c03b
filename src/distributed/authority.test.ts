import { beforeEach, describe, expect, test } from "vitest";
import type { Cache } from "../cache/contract.ts";
import { authorityOver, bestOf, canBeRead } from "./authority.ts";
import { CacheNode } from "./cache-node.ts";
import { Member, type MemberListener, NOTHING } from "./member.ts";
import { resolveOptions } from "./options.ts";
import { Owners } from "./topology.ts";

const KEY = "key";
const config = resolveOptions({ maxDirtyKeys: 2 });

/** An owner of the key, which may be lost and come back as another incarnation. */
class Owner {
  readonly member: Member;
  #bootId = 1;
  #isEmpty = false;

  constructor(id: string, listener: MemberListener) {
    const cache: Partial<Cache> = {
      get: () => Promise.resolve(undefined),
      set: () => Promise.resolve(),
      bootId: () => Promise.resolve(String(this.#bootId)),
      keys: () => this.#keys(),
    };
    this.member = new Member(new CacheNode(id, cache as Cache), config, listener);
  }

  async *#keys(): AsyncGenerator<string> {
    if (!this.#isEmpty) yield "something";
  }

  async comeBack(holds: "what it kept" | "nothing"): Promise<void> {
    this.#bootId++;
    this.#isEmpty = holds === "nothing";
    await this.member.handshake();
  }

  miss(): void {
    this.member.miss(KEY);
  }

  /** It misses more than can be remembered, but not the key. */
  missTooMuch(): void {
    for (const key of ["one", "two", "three"]) this.member.miss(key);
  }
}

let first: Owner;
let second: Owner;
let owners: Owners;
let misses: number;

beforeEach(async () => {
  misses = 0;
  const listener: MemberListener = {
    healthChanged: () => {},
    isBack: () => {},
    restarted: (member) => member.stale.add(owners),
    overflowed: (member) => member.stale.add(owners),
    refused: () => {},
    introduced: () => undefined,
    nextMiss: () => ++misses,
    ownersOf: () => owners,
    fellBehind: () => {},
  };
  first = new Owner("first", listener);
  second = new Owner("second", listener);
  owners = new Owners([first.member, second.member]);
  for (const { member } of [first, second]) await member.handshake();
});

/** Who is right, as each of the two is to see it, and whoever has lost a third. */
function expectElected(elected: Owner, other: Owner): void {
  expect(authorityOver(other.member, owners, KEY)?.id).toBe(elected.member.id);
  expect(bestOf([first.member, second.member], owners, KEY)?.id).toBe(elected.member.id);
}

type Fate = readonly [what: string, befalls: (owner: Owner) => unknown];
/** What may have happened to an owner; who comes earlier in the list has more of the key. */
const FATES: readonly Fate[] = [
  ["has everything", () => {}],
  ["came back with what it had kept", (owner) => owner.comeBack("what it kept")],
  ["missed a write of it", (owner) => owner.miss()],
  [
    "came back with what it had kept, and missed a write since",
    (owner) => owner.comeBack("what it kept").then(() => owner.miss()),
  ],
  ["came back with nothing", (owner) => owner.comeBack("nothing")],
  ["has nothing of it at all", ({ member }) => member.behind.miss(KEY, NOTHING)],
];
const PAIRS = FATES.flatMap((better, i) => {
  return FATES.slice(i + 1).map((worse) => [better[0], worse[0], better[1], worse[1]] as const);
});

describe("right about a key is who", () => {
  test.each(PAIRS)("%s, and not who %s", async (_, __, befallsOne, befallsOther) => {
    await befallsOne(first);
    await befallsOther(second);
    expectElected(first, second);
  });

  test.each(PAIRS)("%s, and not who %s, be it the primary", async (_, __, one, other) => {
    await other(first);
    await one(second);
    expectElected(second, first);
  });

  test("missed a write of it last", () => {
    first.miss();
    second.miss();
    first.miss();
    expectElected(second, first);
  });

  test("came back first, as long as it kept as much", async () => {
    for (const holds of ["what it kept", "nothing"] as const) {
      await second.comeBack(holds);
      await first.comeBack(holds);
      expectElected(second, first);
    }
  });

  test("came back, and is only in doubt about the key: what it kept counts as before", async () => {
    await first.comeBack("what it kept");
    first.member.doubt(KEY);
    second.miss();
    expectElected(first, second);
  });

  test("missed it, rather than who came back with nothing and is in doubt", async () => {
    await first.comeBack("nothing");
    first.member.doubt(KEY);
    second.miss();
    expectElected(second, first);
  });

  test("came back with nothing, was told all of it, and missed a write, rather than who was told nothing", async () => {
    for (const owner of [first, second]) await owner.comeBack("nothing");
    second.member.learn(KEY, second.member.incarnation);
    second.miss();
    second.member.doubt(KEY);
    expectElected(second, first);
    first.member.doubt(KEY);
    expectElected(second, first);
  });

  test("had begun the write itself that it lacks, rather than who missed it, but not for one that missed later ones", () => {
    second.miss();
    first.miss();
    second.member.missedLast(KEY);
    expectElected(second, first);
    first.member.behind.forget(KEY);
    first.missTooMuch();
    expectElected(first, second);
  });

  test("missed too much to remember later than others missed the key, but not earlier", () => {
    first.miss();
    second.missTooMuch();
    expectElected(second, first);
  });

  test("was told all of the key since it came back, though it is stale for others", async () => {
    await first.comeBack("nothing");
    await second.comeBack("what it kept");
    first.member.learn(KEY, first.member.incarnation);
    expectElected(first, second);
  });

  test("is the primary, where nothing tells the owners apart", () => {
    for (const { member } of [first, second]) member.behind.miss(KEY, NOTHING);
    expectElected(first, second);
    expect(authorityOver(first.member, owners, KEY)).toBe(first.member);
  });
});

describe("an owner is right about itself", () => {
  test("where it has more than all others, even if it cannot be asked", () => {
    first.member.changeHealth("unhealthy", undefined);
    first.miss();
    second.member.behind.miss(KEY, NOTHING);
    expect(authorityOver(first.member, owners, KEY)).toBe(first.member);
  });

  test("never where it is fresh: it is compared with another that is, if there is one", () => {
    expect(authorityOver(first.member, owners, KEY)).toBe(second.member);
    second.miss();
    expect(authorityOver(first.member, owners, KEY)).toBeUndefined();
  });
});

test("about a whole list it does not count what single keys were missed", async () => {
  second.miss();
  expect(authorityOver(first.member, owners, undefined)).toBe(second.member);
  await first.comeBack("what it kept");
  expect(authorityOver(first.member, owners, undefined)).toBe(second.member);
  await second.comeBack("nothing");
  expect(authorityOver(second.member, owners, undefined)).toBe(first.member);
});

describe("who is right and cannot be asked", () => {
  const reasons: [why: string, befalls: (member: Member) => void][] = [
    ["is unhealthy", (member) => member.changeHealth("unhealthy", undefined)],
    ["is to be asked for its boot id first", (member) => member.failedWith(new Error("broken"))],
    ["may still carry out a write of the key", (member) => member.abandoned(KEY, {})],
    ["may still carry out a write of all keys", (member) => member.abandoned(null, {})],
  ];

  test.each(reasons)("since it %s, is waited for, or left out where it is gone", (_, befalls) => {
    befalls(first.member);
    expect(canBeRead(first.member, KEY)).toBe(false);
    second.miss();
    for (const befallsFirst of [() => {}, () => first.miss()]) {
      befallsFirst();
      expect(authorityOver(second.member, owners, KEY)).toBeUndefined();
      expect(bestOf([first.member, second.member], owners, KEY)).toBe(second.member);
      expect(bestOf([first.member], owners, KEY)).toBeUndefined();
    }
  });

  test("can be while it catches up, and while a write of another key may land", () => {
    first.member.changeHealth("syncing", undefined);
    first.member.abandoned("other", {});
    expect(canBeRead(first.member, KEY)).toBe(true);
    expect(canBeRead(first.member)).toBe(true);
  });

  test("is not who has to be cleared first: it has nothing", () => {
    first.member.missClear();
    second.miss();
    expect(canBeRead(first.member, KEY)).toBe(false);
    expectElected(second, first);
  });
});
