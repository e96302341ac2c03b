/**
 * The laws of the ring: who owns a key, compared with a ring that only sorts and walks; balance,
 * weights and movement, compared with theory.
 *
 * The points of a good hash are as if drawn at random, so with V points of N·V a node's share of
 * the circle is Beta(V, (N − 1)·V): its mean 1/N, its coefficient of variation
 * sqrt((N − 1) / (N·V + 1)). Bounds here are seven standard
 * deviations away.
 */
import * as fc from "fast-check";
import { MemoryCache } from "laurel";
import { describe, expect, test } from "vitest";
import { CacheNode } from "../../src/distributed/cache-node.ts";
import { resolveHash, type RingHash } from "../../src/distributed/ring/hash-function.ts";
import { HashRing, type HashRingOptions } from "../../src/distributed/ring/hash-ring.ts";

const CIRCLE = 2 ** 32;
const DEVIATIONS = 7;
const RUNS = 60;

const cache = new MemoryCache();
const SPREADING: readonly RingHash[] = ["fnv1a", "murmur3", "xxhash32"];
/** So few positions that most points share theirs with another node's. */
const colliding = (bytes: string): number => (bytes.charCodeAt(0) * 7 + bytes.length) % 5;

interface Member {
  readonly id: string;
  readonly weight: number;
}

const nodeId = fc.oneof(
  fc.string({ minLength: 1, maxLength: 12, unit: "grapheme" }),
  fc.nat().map((n) => `node-${n}`),
);
const key = fc.oneof(
  fc.string({ minLength: 1, maxLength: 30, unit: "grapheme" }),
  fc.tuple(fc.string(), fc.string(), fc.string()).map(([a, b, c]) => `${a}{${b}}${c}`),
  fc.nat().map((n) => `user:session:${n}`),
);
const keys = fc.array(key, { minLength: 1, maxLength: 50 });
const hash = fc.constantFrom<RingHash>(...SPREADING, "fnv1a-raw", colliding);
const spreading = fc.constantFrom(...SPREADING);

function members(minLength: number, maxLength: number): fc.Arbitrary<Member[]> {
  const member = fc.record({
    id: nodeId,
    weight: fc.constantFrom(0.4, 0.5, 1, 2, 3.3),
  });
  return fc.uniqueArray(member, { minLength, maxLength, selector: ({ id }) => id });
}

function equals(maxLength: number): fc.Arbitrary<Member[]> {
  return members(2, maxLength).map((all) => all.map(({ id }) => ({ id, weight: 1 })));
}

function ringOf(all: readonly Member[], options: HashRingOptions = {}): HashRing {
  const ring = new HashRing(options);
  for (const { id, weight } of all) ring.add(new CacheNode(id, cache, { weight }));
  return ring;
}

function ids(nodes: readonly CacheNode[]): string[] {
  return nodes.map((node) => node.id);
}

/** Every point with its position and its node: what the ring is. */
function layout(ring: HashRing): [position: number, id: string][] {
  return Array.from({ length: ring.points }, (_, point) => [
    ring.positionAt(point),
    ids(ring.nodesFrom(point, 1))[0] as string,
  ]);
}

/** The parts of the circle that lead to each node. */
function shares(ring: HashRing): Map<string, number> {
  const found = new Map<string, number>();
  const points = layout(ring);
  let before = (points.at(-1) as [number, string])[0] - CIRCLE;
  for (const [position, id] of points) {
    found.set(id, (found.get(id) ?? 0) + (position - before) / CIRCLE);
    before = position;
  }
  return found;
}

function variation(values: readonly number[]): number {
  const mean = values.reduce((a, b) => a + b) / values.length;
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length) / mean;
}

function bytesOf(text: string): string {
  return Buffer.from(text).toString("latin1");
}

describe("who owns a key", () => {
  test("is found as by sorting all points by position and id, and walking around", () => {
    const options = fc.record({ hash, virtualNodes: fc.integer({ min: 1, max: 20 }) });
    fc.assert(
      fc.property(members(1, 12), options, keys, (all, options, keys) => {
        const ring = ringOf(all, options);
        const hash = resolveHash(options.hash);
        const points = all.flatMap(({ id, weight }) =>
          Array.from({ length: Math.max(1, Math.round(options.virtualNodes * weight)) }, (_, i) => {
            return { position: hash(bytesOf(`${id}#${i}`)) >>> 0, id, bytes: bytesOf(id) };
          }),
        );
        points.sort((a, b) => a.position - b.position || (a.bytes < b.bytes ? -1 : 1));
        for (const key of keys) {
          const at = ring.hashKey(key);
          const ahead = points.filter(({ position }) => position >= at);
          const walk = new Set([...ahead, ...points].map(({ id }) => id));
          expect(ids(ring.getN(key, all.length))).toEqual([...walk]);
          expect(ring.get(key).id).toBe([...walk][0]);
        }
      }),
      { numRuns: RUNS },
    );
  });

  test("does not depend on the order of adding, nor on who was there meanwhile", () => {
    fc.assert(
      fc.property(members(2, 8), hash, fc.nat(), (all, hash, turn) => {
        const ring = ringOf(all, { hash, virtualNodes: 30 });
        const turned = [...all.slice(turn % all.length), ...all.slice(0, turn % all.length)];
        const guest = { id: "a guest for a while", weight: 1 };
        const other = ringOf([...turned.reverse(), guest], { hash, virtualNodes: 30 });
        other.remove(guest.id);
        expect(layout(other)).toEqual(layout(ring));
      }),
      { numRuns: RUNS },
    );
  });

  test("is the first of distinct nodes, which a longer list begins with, too", () => {
    fc.assert(
      fc.property(members(1, 10), hash, keys, (all, hash, keys) => {
        const ring = ringOf(all, { hash, virtualNodes: 10 });
        for (const key of keys) {
          const longest = ids(ring.getN(key, all.length + 1));
          expect(new Set(longest).size).toBe(all.length);
          for (let n = 1; n <= all.length; n++) {
            expect(ids(ring.getN(key, n))).toEqual(longest.slice(0, n));
          }
          expect(ids([ring.get(key)])).toEqual(longest.slice(0, 1));
          expect(ids(ring.nodesFrom(ring.pointOf(key), all.length))).toEqual(longest);
        }
      }),
      { numRuns: RUNS },
    );
  });

  test("is who owns its tag", () => {
    const tag = fc.string({ minLength: 1 }).filter((tag) => !/[{}]/.test(tag));
    const around = fc.string().filter((text) => !text.includes("{"));
    fc.assert(
      fc.property(equals(8), tag, around, fc.string(), (all, tag, before, after) => {
        const ring = ringOf(all);
        expect(ring.pointOf(`${before}{${tag}}${after}`)).toBe(ring.pointOf(tag));
      }),
      { numRuns: RUNS },
    );
  });
});

describe("a node that comes or goes", () => {
  test("takes no key from one that stays to another one that stays", () => {
    fc.assert(
      fc.property(members(2, 10), hash, keys, (all, hash, keys) => {
        const added = all.at(-1) as Member;
        const ring = ringOf(all.slice(0, -1), { hash });
        const before = keys.map((key) => ids(ring.getN(key, all.length)));
        ring.add(new CacheNode(added.id, cache, { weight: added.weight }));
        for (const [i, key] of keys.entries()) {
          const owners = ids(ring.getN(key, all.length));
          expect(owners.filter((id) => id !== added.id)).toEqual(before[i]);
        }
        ring.remove(added.id);
        expect(keys.map((key) => ids(ring.getN(key, all.length)))).toEqual(before);
      }),
      { numRuns: RUNS },
    );
  });

  test("moves about one of N + 1 keys", () => {
    const KEYS = 2000;
    fc.assert(
      fc.property(equals(11), spreading, (all, hash) => {
        const added = all.at(-1) as Member;
        const ring = ringOf(all.slice(0, -1), { hash });
        const names = Array.from({ length: KEYS }, (_, i) => `user:session:${i}`);
        const before = names.map((name) => ring.get(name).id);
        ring.add(new CacheNode(added.id, cache));
        const moved = names.filter((name, i) => ring.get(name).id !== before[i]);
        for (const name of moved) expect(ring.get(name).id).toBe(added.id);
        const share = 1 / all.length;
        // The share itself varies, and so does how many of the keys fall into it.
        const variance = share * (1 - share) * (1 / (ring.points + 1) + 1 / KEYS);
        const off = Math.abs(moved.length / KEYS - share);
        expect(off).toBeLessThan(DEVIATIONS * Math.sqrt(variance));
      }),
      { numRuns: RUNS },
    );
  });
});

describe("the shares of nodes", () => {
  test("are as even as those of random points", () => {
    fc.assert(
      fc.property(equals(20), spreading, (all, hash) => {
        const ring = ringOf(all, { hash });
        const expected = 1 / all.length;
        const deviation = expected * Math.sqrt((all.length - 1) / (ring.points + 1));
        for (const share of shares(ring).values()) {
          expect(Math.abs(share - expected)).toBeLessThan(DEVIATIONS * deviation);
        }
      }),
      { numRuns: RUNS },
    );
  });

  test("are proportional to their weights", () => {
    fc.assert(
      fc.property(members(2, 10), spreading, (all, hash) => {
        const ring = ringOf(all, { hash });
        const found = shares(ring);
        for (const { id, weight } of all) {
          const expected = Math.round(150 * weight) / ring.points;
          const deviation = Math.sqrt((expected * (1 - expected)) / (ring.points + 1));
          const off = Math.abs((found.get(id) as number) - expected);
          expect(off).toBeLessThan(DEVIATIONS * deviation);
        }
      }),
      { numRuns: RUNS },
    );
  });

  test("of three nodes vary by 6 % as theory has it, by raw FNV-1a several times as much", () => {
    const SETS = 40;
    const averaged = (hash: RingHash): number => {
      let sum = 0;
      for (let set = 0; set < SETS; set++) {
        const all = [1, 2, 3].map((i) => ({ id: `set-${set}-node-${i}`, weight: 1 }));
        sum += variation([...shares(ringOf(all, { hash })).values()]) ** 2;
      }
      return Math.sqrt(sum / SETS);
    };
    const theory = Math.sqrt(2 / 451);
    for (const hash of SPREADING) {
      expect(averaged(hash)).toBeGreaterThan(0.7 * theory);
      expect(averaged(hash)).toBeLessThan(1.3 * theory);
    }
    expect(averaged("fnv1a-raw")).toBeGreaterThan(3 * theory);
  });
});
