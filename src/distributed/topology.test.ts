import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MemoryCache } from "../cache/memory-cache.ts";
import { MemoryLeaderboardCache } from "../cache/memory-leaderboard-cache.ts";
import { CacheNode } from "./cache-node.ts";
import { Member, type MemberListener } from "./member.ts";
import { resolveOptions } from "./options.ts";
import { HashRing } from "./ring/hash-ring.ts";
import { Move, Owners, Topology } from "./topology.ts";

const config = resolveOptions({});
const boards = new MemoryLeaderboardCache();
const IDS = ["a", "b", "c", "d", "e"];
const MEMBERS = new Map(IDS.map((id) => [id, memberOf(new CacheNode(id, boards))]));

function memberOf(node: CacheNode): Member {
  return new Member(node, config, {} as MemberListener);
}

const member = (id: string): Member => MEMBERS.get(id) as Member;

function ringOf(ids: readonly string[], virtualNodes = 5): HashRing {
  const ring = new HashRing({ virtualNodes });
  for (const id of ids) ring.add(member(id).node);
  return ring;
}

function topologyOf(ids: readonly string[], replicationFactor: number): Topology {
  return new Topology(ringOf(ids), ids.map(member), replicationFactor);
}

const idsOf = (owners: Owners): string[] => owners.members.map(({ id }) => id);
const KEYS = Array.from({ length: 60 }, (_, i) => `key:${i}`);
const factor = fc.integer({ min: 1, max: 4 });
const some = fc.shuffledSubarray(IDS, { minLength: 1 });

describe("the owners of a key", () => {
  test("are the first nodes from its point on, as many as there are to be, the primary first", () => {
    fc.assert(
      fc.property(some, factor, (ids, factor) => {
        const topology = topologyOf(ids, factor);
        for (const key of KEYS) {
          const owners = topology.ownersOf(key);
          expect(idsOf(owners)).toEqual(
            ringOf(ids)
              .getN(key, factor)
              .map(({ id }) => id),
          );
          expect(owners.primary).toBe(owners.members[0]);
          for (const id of IDS)
            expect(owners.includes(member(id))).toBe(idsOf(owners).includes(id));
        }
      }),
    );
  });

  test("are one object for all keys that have them, and each such object is listed", () => {
    const topology = topologyOf(["a", "b", "c"], 2);
    const byName = new Map<string, Owners>();
    for (const key of KEYS) {
      const owners = topology.ownersOf(key);
      const name = idsOf(owners).join();
      expect(owners).toBe(byName.get(name) ?? owners);
      byName.set(name, owners);
    }
    expect(new Set(topology.lists())).toEqual(new Set(byName.values()));
    for (const key of KEYS) {
      const isSame = topology.ownersOf(key) === topology.ownersOf("key:0");
      expect(topology.areTogether(key, "key:0")).toBe(isSame);
    }
  });

  test("tell which of them have no sorted sets", () => {
    const plain = memberOf(new CacheNode("plain", new MemoryCache()));
    expect(new Owners([member("a"), plain]).withoutBoards).toEqual([plain]);
  });

  test("are found for no key that is none", () => {
    const topology = topologyOf(["a"], 1);
    expect(() => topology.ownersOf("")).toThrow(expect.objectContaining({ code: "INVALID_KEY" }));
  });
});

/** A ring that a node comes to or goes from, and keys that are handed over. */
const change = fc.record({
  ids: fc.shuffledSubarray(IDS, { minLength: 2 }),
  kind: fc.constantFrom("add", "remove"),
  factor,
  handedOver: fc.shuffledSubarray(KEYS),
});

interface Changing {
  readonly topology: Topology;
  readonly move: Move;
  /** Topologies that stand still, before and after the change. */
  readonly before: Topology;
  readonly after: Topology;
}

function begin({
  ids,
  kind,
  factor,
}: {
  ids: string[];
  kind: "add" | "remove";
  factor: number;
}): Changing {
  const fewer = ids.slice(1);
  const [from, to] = kind === "add" ? [fewer, ids] : [ids, fewer];
  const topology = topologyOf(from, factor);
  const moving = member(ids[0] as string);
  topology.admit(moving);
  const move = new Move(topology.placement, topology.placementOf(ringOf(to)), moving, kind);
  topology.begin(move);
  return { topology, move, before: topologyOf(from, factor), after: topologyOf(to, factor) };
}

/** Each key stands with its owners after a change where it was handed over, else with those before. */
function expectOwners(
  topology: Topology,
  moved: readonly string[],
  before: Topology,
  after: Topology,
): void {
  for (const key of KEYS) {
    const stands = moved.includes(key) ? after : before;
    expect(idsOf(topology.ownersOf(key))).toEqual(idsOf(stands.ownersOf(key)));
  }
}

describe("while the ring changes", () => {
  test("a key stands with its former owners until it is handed over", () => {
    fc.assert(
      fc.property(change, (change) => {
        const { topology, move, before, after } = begin(change);
        expectOwners(topology, [], before, after);
        for (const key of change.handedOver) move.markMoved(key);
        for (const key of KEYS) expect(move.isMoved(key)).toBe(change.handedOver.includes(key));
        expectOwners(topology, change.handedOver, before, after);
        topology.complete();
        expect(topology.move).toBeUndefined();
        expectOwners(topology, KEYS, before, after);
      }),
    );
  });

  test("it may turn around: a key goes back from where it is, and may come again", () => {
    fc.assert(
      fc.property(change, fc.shuffledSubarray(KEYS), (change, goneBack) => {
        const { topology, move, before, after } = begin(change);
        for (const key of change.handedOver) move.markMoved(key);
        const back = new Move(move.to, move.from, move.member, "remove", move);
        topology.begin(back);
        expectOwners(topology, change.handedOver, before, after);
        for (const key of goneBack) back.markMoved(key);
        const left = change.handedOver.filter((key) => !goneBack.includes(key));
        expectOwners(topology, left, before, after);
        const again = new Move(back.to, back.from, move.member, change.kind, back);
        topology.begin(again);
        again.markMoved("key:0");
        expectOwners(topology, [...left, "key:0"], before, after);
        topology.begin(new Move(again.to, again.from, move.member, "remove", again));
        topology.move?.clear();
        topology.complete();
        expectOwners(topology, [], before, after);
      }),
    );
  });

  test("arcs cover the circle once, and say who owns what lies on them", () => {
    fc.assert(
      fc.property(change, (change) => {
        const { move } = begin(change);
        const arcs = [...move.arcs()];
        arcs.forEach(({ start }, i) => expect(start).toBe(arcs.at(i - 1)?.end));
        for (const key of KEYS) {
          const position = move.to.ring.hashKey(key);
          const arc = arcs.find(({ end }) => position <= end) ?? arcs[0];
          expect(arc?.from).toBe(move.from.ownersOf(key));
          expect(arc?.to).toBe(move.to.ownersOf(key));
        }
      }),
    );
  });

  test("two keys are together where they are so before and after, and all lists count", () => {
    fc.assert(
      fc.property(change, (change) => {
        const { topology, move } = begin(change);
        const lists = new Set(topology.lists());
        for (const key of KEYS) {
          const [from, to] = [move.from.ownersOf(key), move.to.ownersOf(key)];
          expect(lists.has(from) && lists.has(to)).toBe(true);
          const areSame = from === move.from.ownersOf("key:0") && to === move.to.ownersOf("key:0");
          expect(topology.areTogether(key, "key:0")).toBe(areSame);
        }
      }),
    );
  });

  test("and after it, the owners that a key has in any ring are the same object where they are the same", () => {
    fc.assert(
      fc.property(change, (change) => {
        const { topology } = begin(change);
        topology.complete();
        const next = topology.placementOf(topology.placement.ring.copy());
        for (const key of KEYS) expect(next.ownersOf(key)).toBe(topology.ownersOf(key));
      }),
    );
  });

  test("what was found before may be over, and is when the change is complete", () => {
    const { topology } = begin({ ids: ["a", "b"], kind: "add", factor: 1 });
    const before = topology.epoch;
    topology.complete();
    expect(topology.epoch).toBeGreaterThan(before);
    const still = topology.epoch;
    topology.complete();
    expect(topology.epoch).toBe(still);
  });
});

test("a node is a member from when it is admitted until it is dismissed", () => {
  const topology = topologyOf(["a"], 1);
  topology.admit(member("b"));
  expect([...topology.members.keys()]).toEqual(["a", "b"]);
  topology.dismiss(member("a"));
  expect([...topology.members.keys()]).toEqual(["b"]);
});
