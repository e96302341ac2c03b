import { setImmediate } from "node:timers/promises";
import { MemoryCache } from "laurel";
import { CacheNode, HashRing } from "laurel/distributed";
import PeerHashRing from "hashring";
import { measure, synchronous, type Timing } from "./measure.ts";
import { median, nanoseconds, type Report, times, whole } from "./report.ts";

const VIRTUAL_NODES = 150;
const HASHES = ["fnv1a-raw", "fnv1a", "murmur3", "xxhash32"] as const;
type HashName = (typeof HASHES)[number];

const SPREAD_NODES = [3, 5, 10, 50];
/** Sets of node names that the spread is averaged over: one set is a matter of luck. */
const NAME_SETS = 100;
const CIRCLE = 2 ** 32;

const VIRTUAL_NODE_COUNTS = [1, 3, 10, 30, 50, 100, 150, 300, 1_000];
const NODES_OF_CURVES = 10;

const LOOKUP_NODES = [3, 10, 50];
const KEYS = 2 ** 20;

/** Small rings are measured many at a time, for what else moves on the heap to count for little. */
const HEAP_POINTS = 500_000;

const cache = new MemoryCache();

/** How evenly a ring spreads keys, how long a lookup takes, and what a virtual node costs. */
export async function benchRing(report: Report): Promise<void> {
  benchSpread(report);
  benchVirtualNodes(report);
  await benchLookup(report);
  await benchBytes(report);
}

function ringOf(
  nodes: number,
  hash: HashName = "fnv1a",
  set = 0,
  virtualNodes = VIRTUAL_NODES,
): HashRing {
  const ring = new HashRing({ virtualNodes, hash });
  for (const id of nodeNames(nodes, set)) ring.add(new CacheNode(id, cache));
  return ring;
}

function nodeNames(nodes: number, set: number): string[] {
  return Array.from({ length: nodes }, (_, i) => `cache-${set}-node-${i}`);
}

/** Shares are parts of the circle, not of sampled keys: exact, whatever the keys are. */
function benchSpread(report: Report): void {
  const rows: string[][] = [];
  for (const nodes of SPREAD_NODES) {
    const theory = variationInTheory(nodes, VIRTUAL_NODES);
    for (const hash of HASHES) {
      const { variation, largest } = spreadOf(nodes, hash, VIRTUAL_NODES);
      rows.push([
        String(nodes),
        hash,
        percent(variation),
        percent(theory),
        percent(largest),
        percent(1 / nodes),
      ]);
      report.figure(`ring of ${nodes} nodes by ${hash}: unevenness`, variation / theory);
    }
  }
  report.table(
    "ring-shares",
    `A node's share of the ring, ${VIRTUAL_NODES} virtual nodes each, over ${NAME_SETS} sets of names`,
    ["nodes", "hash", "coefficient of variation", "in theory", "largest share", "even share"],
    rows,
  );
}

/** How the shares of ten nodes even out with the points that each has. */
function benchVirtualNodes(report: Report): void {
  const curves = [...HASHES, "in theory"] as const;
  const rows: string[][] = [];
  const points: { virtualNodes: number; curve: string; percent: number }[] = [];
  for (const virtualNodes of VIRTUAL_NODE_COUNTS) {
    const variations = curves.map((curve) =>
      curve === "in theory"
        ? variationInTheory(NODES_OF_CURVES, virtualNodes)
        : spreadOf(NODES_OF_CURVES, curve, virtualNodes).variation,
    );
    rows.push([whole(virtualNodes), ...variations.map(percent)]);
    for (const [i, curve] of curves.entries()) {
      const variation = variations[i] as number;
      points.push({ virtualNodes, curve, percent: Number((variation * 100).toPrecision(3)) });
    }
  }
  report.table(
    "ring-virtual-nodes",
    `Coefficient of variation of ${NODES_OF_CURVES} nodes' shares, over ${NAME_SETS} sets of names`,
    ["virtual nodes", ...curves],
    rows,
  );
  report.chart("ring-balance", points);
}

/** How much shares vary as a part of the even share, and the largest of them on average. */
function spreadOf(nodes: number, hash: HashName, virtualNodes: number) {
  let squares = 0;
  let largest = 0;
  for (let set = 0; set < NAME_SETS; set++) {
    const shares = sharesOf(ringOf(nodes, hash, set, virtualNodes));
    squares += shares.reduce((sum, share) => sum + (share * nodes - 1) ** 2, 0) / nodes;
    largest += Math.max(...shares);
  }
  return { variation: Math.sqrt(squares / NAME_SETS), largest: largest / NAME_SETS };
}

/** The same where points are random. */
function variationInTheory(nodes: number, virtualNodes: number): number {
  return Math.sqrt((nodes - 1) / (virtualNodes * nodes + 1));
}

/** The part of the circle that leads to each node. */
function sharesOf(ring: HashRing): number[] {
  const shares = new Map<CacheNode, number>();
  let before = ring.positionAt(ring.points - 1) - CIRCLE;
  for (let point = 0; point < ring.points; point++) {
    const position = ring.positionAt(point);
    const [owner] = ring.nodesFrom(point, 1) as [CacheNode];
    shares.set(owner, (shares.get(owner) ?? 0) + (position - before) / CIRCLE);
    before = position;
  }
  return [...shares.values()];
}

async function benchLookup(report: Report): Promise<void> {
  const keys = Array.from({ length: KEYS }, (_, i) => flatKey(i));
  const keyOf = (i: number): string => keys[i & (KEYS - 1)] as string;
  const rows: string[][] = [];
  for (const nodes of LOOKUP_NODES) {
    const peer = peerRing(nodes);
    const ring = ringOf(nodes);
    const [theirs, ours, two] = (await measure([
      synchronous("hashring", (i) => peer.get(keyOf(i))),
      synchronous("get", (i) => ring.get(keyOf(i))),
      synchronous("getN", (i) => ring.getN(keyOf(i), 2)),
    ])) as [Timing, Timing, Timing];
    rows.push([
      String(nodes),
      median(ours),
      nanoseconds(ours.p99Ns),
      median(two),
      nanoseconds(two.p99Ns),
      median(theirs),
      nanoseconds(theirs.p99Ns),
      times(ours.ratio),
    ]);
    report.figure(`ring lookup at ${nodes} nodes: times hashring`, ours.ratio);
    report.figure(`ring lookup at ${nodes} nodes, ns`, ours.medianNs);
  }
  report.table(
    "ring-lookup",
    "Looking up a key of 20 bytes, beside hashring with its cache of answers off",
    ["nodes", "get", "p99", "getN of 2", "p99", "hashring", "p99", "get / hashring"],
    rows,
  );
}

/** A key of 20 bytes, as a flat string of its own. */
function flatKey(i: number): string {
  const digits = String(i).padStart(8, "0");
  return Buffer.from(`user:session${digits}`, "latin1").toString("latin1");
}

/** The peer as it comes, with its md5 and 160 points a node, but without its cache of answers. */
function peerRing(nodes: number): PeerHashRing {
  const ring = new PeerHashRing(nodeNames(nodes, 0));
  // Its option for the size cannot say none: the first answer is then an error.
  ring.cache = { get: () => undefined, set: () => undefined };
  return ring;
}

async function benchBytes(report: Report): Promise<void> {
  const rows: string[][] = [];
  for (const nodes of SPREAD_NODES) {
    const { computed, measured } = await bytesEach(nodes);
    rows.push([
      String(nodes),
      whole(nodes * VIRTUAL_NODES),
      computed.toFixed(1),
      measured.toFixed(1),
    ]);
    report.figure(`ring of ${nodes} nodes: bytes a virtual node`, measured);
  }
  report.table(
    "ring-bytes",
    "Bytes a virtual node: of its arrays, and on the heap with all else that a ring has",
    ["nodes", "virtual nodes", "arrays", "heap"],
    rows,
  );
}

/** Bytes a virtual node, of many rings that share their nodes. */
async function bytesEach(nodes: number): Promise<{ computed: number; measured: number }> {
  const shared = nodeNames(nodes, 0).map((id) => new CacheNode(id, cache));
  const rings: HashRing[] = [];
  const before = await heapBytes();
  while (rings.length * nodes * VIRTUAL_NODES < HEAP_POINTS) {
    const ring = new HashRing({ virtualNodes: VIRTUAL_NODES });
    for (const node of shared) ring.add(node);
    rings.push(ring);
  }
  const measured = (await heapBytes()) - before;
  const points = rings.reduce((sum, ring) => sum + ring.points, 0);
  const computed = rings.reduce((sum, ring) => sum + ring.byteSize, 0);
  return { computed: computed / points, measured: measured / points };
}

/** Bytes in use on the heap and in array buffers after garbage is gone. */
async function heapBytes(): Promise<number> {
  if (globalThis.gc === undefined) throw new Error("Cannot measure the heap: run with --expose-gc");
  for (let i = 0; i < 8; i++) {
    globalThis.gc();
    // Array buffers are given back behind the collection's back.
    await setImmediate();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
