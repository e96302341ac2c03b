import { describe, expect, test } from "vitest";
import { MemoryCache } from "../../cache/memory-cache.ts";
import { CacheNode } from "../cache-node.ts";
import { HashRing, type HashRingOptions, RING_POINTS_MAX } from "./hash-ring.ts";

const cache = new MemoryCache();
const node = (id: string, weight = 1): CacheNode => new CacheNode(id, cache, { weight });
const error = (code: string): unknown => expect.objectContaining({ name: "CacheError", code });

function ids(nodes: readonly CacheNode[]): string[] {
  return nodes.map(({ id }) => id);
}

/** The position of a key is its number; node `6` has its points at 6, 16, 26, ... */
function byNumber(bytes: string): number {
  const [number, point = "0"] = bytes.split("#");
  return Number(point) * 10 + Number(number);
}

function ringByNumber(...ids: string[]): HashRing {
  const ring = new HashRing({ virtualNodes: 3, hash: byNumber });
  for (const id of ids) ring.add(node(id));
  return ring;
}

describe("a ring of numbers that one can follow", () => {
  // 2 4 6 12 14 16 22 24 26
  const ring = ringByNumber("6", "4", "2");

  test.each([
    ["0", "2"],
    ["2", "2"],
    ["3", "4"],
    ["11", "2"],
    ["16", "6"],
    ["23", "4"],
    ["25", "6"],
    ["26", "6"],
  ])("gives the key at %s to node %s, whose point is the next", (key, id) => {
    expect(ring.get(key).id).toBe(id);
  });

  test("gives a key after the last point to the first one", () => {
    expect(ring.get("27").id).toBe("2");
    expect(ring.get("4294967295").id).toBe("2");
    expect(ring.pointOf("27")).toBe(0);
  });

  test("lists further nodes as they come, around the circle", () => {
    expect(ids(ring.getN("5", 2))).toEqual(["6", "2"]);
    expect(ids(ring.getN("23", 3))).toEqual(["4", "6", "2"]);
    expect(ids(ring.getN("26", 3))).toEqual(["6", "2", "4"]);
    expect(ids(ring.getN("26", 100))).toEqual(["6", "2", "4"]);
  });

  test("gives a new node what lies between its points and those before them, and takes it back", () => {
    const grown = ringByNumber("6", "4", "2");
    grown.add(node("8"));
    expect(grown.get("27").id).toBe("8");
    expect(grown.get("29").id).toBe("2");
    grown.remove("8");
    expect(grown.get("27").id).toBe("2");
    grown.remove("2");
    expect(grown.get("11").id).toBe("4");
    expect(grown.get("27").id).toBe("4");
  });

  test("shows its points, and the nodes from one of them on", () => {
    expect(ring.points).toBe(9);
    expect(Array.from({ length: 9 }, (_, point) => ring.positionAt(point))).toEqual([
      2, 4, 6, 12, 14, 16, 22, 24, 26,
    ]);
    expect(ring.pointOf("7")).toBe(3);
    expect(ring.hashKey("7")).toBe(7);
    expect(ids(ring.nodesFrom(3, 2))).toEqual(["2", "4"]);
  });

  test("takes the highest of all positions for one like any other", () => {
    const edge = new HashRing({ virtualNodes: 1, hash: (bytes) => (bytes === "b#0" ? -1 : 5) });
    edge.add(node("a"));
    edge.add(node("b"));
    expect(edge.positionAt(1)).toBe(0xffff_ffff);
    expect(edge.get("any").id).toBe("a");
    const last = new HashRing({ virtualNodes: 1, hash: (bytes) => (bytes === "a#0" ? 5 : -1) });
    last.add(node("a"));
    last.add(node("b"));
    expect(last.get("any").id).toBe("b");
    last.remove("b");
    expect(last.get("any").id).toBe("a");
  });
});

describe("a ring", () => {
  test("of one node gives it every key", () => {
    const ring = new HashRing();
    ring.add(node("only"));
    for (let i = 0; i < 100; i++) expect(ring.get(`key:${i}`).id).toBe("only");
    expect(ring.points).toBe(150);
  });

  test("lists its nodes in the order of their adding, and its list is the caller's", () => {
    const ring = new HashRing();
    const nodes = ["c", "a", "b"].map((id) => node(id));
    for (const one of nodes) ring.add(one);
    ring.nodes().pop();
    expect(ring.nodes()).toEqual(nodes);
    ring.remove("a");
    expect(ids(ring.nodes())).toEqual(["c", "b"]);
  });

  test("has points by weight, and at least one for a node", () => {
    const ring = new HashRing({ virtualNodes: 10 });
    ring.add(node("heavy", 2.26));
    expect(ring.points).toBe(23);
    ring.add(node("light", 0.001));
    expect(ring.points).toBe(24);
  });

  test("says how many bytes its points take: 12 to 16 each, and a few for all of them", () => {
    const ring = new HashRing();
    for (let i = 1; i <= 10; i++) {
      ring.add(node(`node-${i}`));
      expect(ring.byteSize).toBeGreaterThanOrEqual(12 * ring.points);
      expect(ring.byteSize).toBeLessThanOrEqual(16 * ring.points + 8);
    }
  });

  test("places a key by its tag", () => {
    const ring = new HashRing();
    for (const id of ["a", "b", "c", "d"]) ring.add(node(id));
    for (let i = 0; i < 50; i++) {
      expect(ring.hashKey(`scores{${i}}`)).toBe(ring.hashKey(String(i)));
      expect(ring.get(`{${i}}:names`)).toBe(ring.get(String(i)));
    }
  });

  test("places a node by the whole of its id, braces included, and by its UTF-8", () => {
    const received: string[] = [];
    const ring = new HashRing({ virtualNodes: 1, hash: (bytes) => received.push(bytes) });
    ring.add(node("{π}a"));
    expect(received).toEqual(["{\xcf\x80}a#0"]);
  });

  test("copied goes its own way", () => {
    const ring = ringByNumber("2", "4");
    const copy = ring.copy();
    copy.add(node("6"));
    copy.remove("2");
    expect(ids(ring.nodes())).toEqual(["2", "4"]);
    expect(ids(copy.nodes())).toEqual(["4", "6"]);
    expect(ring.get("15").id).toBe("2");
    expect(copy.get("15").id).toBe("6");
    expect(copy.virtualNodes).toBe(3);
  });
});

describe("bad input to a ring", () => {
  test.each([
    [{ virtualNodes: 0 }],
    [{ virtualNodes: -1 }],
    [{ virtualNodes: 1.5 }],
    [{ virtualNodes: NaN }],
    [{ virtualNodes: Infinity }],
    [{ virtualNodes: "150" }],
    [{ hash: "sha1" }],
    [null],
    [150],
  ])("as the options %j is INVALID_CONFIG", (options) => {
    expect(() => new HashRing(options as HashRingOptions)).toThrow(error("INVALID_CONFIG"));
  });

  test("as a key is INVALID_KEY, also while there are no nodes", () => {
    for (const ring of [new HashRing(), ringByNumber("1")]) {
      for (const key of ["", "\ud800", 7 as unknown as string]) {
        expect(() => ring.get(key)).toThrow(error("INVALID_KEY"));
        expect(() => ring.getN(key, 1)).toThrow(error("INVALID_KEY"));
        expect(() => ring.hashKey(key)).toThrow(error("INVALID_KEY"));
      }
    }
  });

  test("without nodes is NO_NODES", () => {
    const ring = new HashRing();
    expect(() => ring.get("key")).toThrow(error("NO_NODES"));
    expect(() => ring.getN("key", 1)).toThrow(error("NO_NODES"));
    expect(() => ring.pointOf("key")).toThrow(error("NO_NODES"));
    ring.add(node("a"));
    ring.remove("a");
    expect(() => ring.get("key")).toThrow(error("NO_NODES"));
    expect(ring.points).toBe(0);
  });

  test.each([0, -1, 1.5, NaN, Infinity, "2"])(
    "as a number of nodes, %s, is INVALID_OPTIONS",
    (n) => {
      const ring = ringByNumber("1");
      expect(() => ring.getN("1", n as number)).toThrow(error("INVALID_OPTIONS"));
      expect(() => ring.nodesFrom(0, n as number)).toThrow(error("INVALID_OPTIONS"));
    },
  );

  test.each([-1, 3, 0.5, NaN])("as a point, %s, is INVALID_RANGE", (point) => {
    const ring = ringByNumber("1");
    expect(() => ring.nodesFrom(point, 1)).toThrow(error("INVALID_RANGE"));
    expect(() => ring.positionAt(point)).toThrow(error("INVALID_RANGE"));
  });

  test("as a node that is there is NODE_EXISTS, as one that is not is NODE_NOT_FOUND", () => {
    const ring = ringByNumber("1");
    expect(() => ring.add(node("1", 5))).toThrow(error("NODE_EXISTS"));
    expect(() => ring.remove("2")).toThrow(error("NODE_NOT_FOUND"));
    expect(() => ring.add({ id: "2" } as CacheNode)).toThrow(error("INVALID_CONFIG"));
    expect(ring.points).toBe(3);
  });

  test("as a weight that would explode the ring is INVALID_CONFIG, and the ring stays as it was", () => {
    const ring = new HashRing({ virtualNodes: 1 });
    ring.add(node("a"));
    expect(() => ring.add(node("b", RING_POINTS_MAX))).toThrow(error("INVALID_CONFIG"));
    expect(() => ring.add(node("b", 1e300))).toThrow(error("INVALID_CONFIG"));
    expect(() => ring.add(node("b", Number.MAX_VALUE))).toThrow(error("INVALID_CONFIG"));
    expect(ids(ring.nodes())).toEqual(["a"]);
    expect(ring.points).toBe(1);
    ring.add(node("b", RING_POINTS_MAX - 1));
    expect(ring.points).toBe(RING_POINTS_MAX);
    expect(ring.getN("key", 2)).toHaveLength(2);
  });

  test("as a hash that fails for a node leaves the ring as it was", () => {
    const ring = new HashRing({ virtualNodes: 3, hash: (bytes) => (bytes === "bad#2" ? NaN : 1) });
    ring.add(node("good"));
    expect(() => ring.add(node("bad"))).toThrow(error("INVALID_CONFIG"));
    expect(ids(ring.nodes())).toEqual(["good"]);
    expect(ring.points).toBe(3);
  });
});
