import { CacheNode, DistributedCache, HashRing } from "laurel/distributed";
import { type Fault, refused, unheard } from "../../test/support/faults.ts";
import { FaultyCache } from "../../test/support/faulty-cache.ts";
import { seededRandom } from "../random.ts";
import { nodeId } from "./nodes.ts";
import { SettlingTime } from "./settling-time.ts";

const NODES = 3;
const LOST = 0;
const KEYS = 100;
/** Probes begin when the cache does: the failure comes at any point between two of them. */
const BEFORE_MS = 20_000;
const SPREAD_MS = 10_000;
/** Reads begin so long before the failure, and go on so long after it: twice the longest wait. */
const READ_BEFORE_MS = 100;
const READ_AFTER_MS = 8_000;
/** Without any reads a node has been found out by then; and once back, it serves by then. */
const WATCHED_MS = 60_000;

/** How a node is lost. */
export const FAULTS: Readonly<Record<"refuses connections" | "falls silent", Fault>> = {
  "refuses connections": refused,
  "falls silent": unheard,
};

/** A node is lost and comes back. All times are virtual. */
export interface Outage {
  readonly fault: keyof typeof FAULTS;
  readonly replicationFactor: number;
  /** Between two reads of keys whose first owner is the lost node; Infinity: there are none. */
  readonly readEveryMs: number;
  readonly seed: number;
}

/** What was seen of it, in milliseconds since the node was lost, or since it was back. */
export interface Sighting {
  /** Until the node was seen to be unhealthy. */
  readonly unhealthyMs: number;
  /** The longest that a read waited for its answer. */
  readonly longestReadMs: number;
  /** The longest time in which no read was answered. */
  readonly longestGapMs: number;
  /** Reads that failed. */
  readonly errors: number;
  /** Until a read failed, and until reads failed without any delay; only where they do. */
  readonly firstErrorMs: number;
  readonly promptErrorMs: number;
  /** Until the node served again, once it was back. */
  readonly servesMs: number;
}

/** A read, by its moments. */
interface Read {
  readonly startedMs: number;
  endedMs: number;
  isAnswered: boolean;
}

/** Lets one outage happen: a coordinator with the default options, and embedded nodes. */
export async function watchOutage(outage: Outage): Promise<Sighting> {
  const scene = new Scene(outage);
  await scene.begin();
  const random = seededRandom(outage.seed);
  const lostMs = BEFORE_MS + random() * SPREAD_MS;
  await scene.readBetween(lostMs - READ_BEFORE_MS, lostMs);
  scene.lose();
  const before = scene.reads.length;
  await scene.readBetween(lostMs, lostMs + READ_AFTER_MS);
  await scene.time.advanceTo(lostMs + WATCHED_MS);
  const reads = scene.reads.slice(before);
  const unhealthyMs = scene.healthMs("unhealthy", lostMs);
  // The longer it is away, the more rarely it is asked.
  const backMs = lostMs + WATCHED_MS + random() * WATCHED_MS;
  await scene.time.advanceTo(backMs);
  scene.bringBack();
  await scene.time.advanceTo(backMs + WATCHED_MS);
  const servesMs = scene.healthMs("healthy", backMs);
  if (!(await scene.isServed())) throw new Error("Cannot time the return: the node does not serve");
  await scene.end();
  return { unhealthyMs, servesMs, ...seenBy(reads, lostMs) };
}

function seenBy(
  reads: readonly Read[],
  lostMs: number,
): Omit<Sighting, "unhealthyMs" | "servesMs"> {
  const answered = reads.filter(({ isAnswered }) => isAnswered);
  const failed = reads.filter(({ isAnswered }) => !isAnswered);
  const moments = [lostMs, ...answered.map(({ endedMs }) => endedMs)].sort((a, b) => a - b);
  const prompt = failed.find(({ startedMs, endedMs }) => endedMs === startedMs);
  return {
    longestReadMs: greatest(reads.map(({ startedMs, endedMs }) => endedMs - startedMs)),
    longestGapMs: greatest(moments.map((ms, i) => ms - (moments[i - 1] ?? lostMs))),
    errors: failed.length,
    firstErrorMs: Math.min(...failed.map(({ endedMs }) => endedMs)) - lostMs,
    promptErrorMs: (prompt?.startedMs ?? Infinity) - lostMs,
  };
}

function greatest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), 0);
}

/** A coordinator in virtual time, one of whose nodes can be lost, and reads of that node's keys. */
class Scene {
  readonly time = new SettlingTime();
  readonly reads: Read[] = [];
  readonly #fault: Fault;
  readonly #readEveryMs: number;
  readonly #stores: readonly FaultyCache[];
  readonly #cache: DistributedCache;
  readonly #keys: readonly string[];
  readonly #changes: { readonly atMs: number; readonly to: string }[] = [];

  constructor({ fault, replicationFactor, readEveryMs, seed }: Outage) {
    const { clock, timers } = this.time;
    this.#fault = FAULTS[fault];
    this.#readEveryMs = readEveryMs;
    this.#stores = Array.from({ length: NODES }, () => {
      return new FaultyCache({ store: { clock, timers } });
    });
    const nodes = this.#stores.map(({ cache }, place) => new CacheNode(nodeId(place), cache));
    const random = seededRandom(seed);
    this.#cache = new DistributedCache(nodes, { replicationFactor, clock, timers, random });
    this.#cache.on("health", ({ id, to }) => {
      if (id === nodeId(LOST)) this.#changes.push({ atMs: clock.now(), to });
    });
    this.#keys = keysOf(nodes);
  }

  async begin(): Promise<void> {
    await this.#cache.setMany(this.#keys.map((key) => [key, key] as const));
  }

  /** Goes on to the end of a time with reads in it, at multiples of their interval. */
  async readBetween(fromMs: number, toMs: number): Promise<void> {
    const everyMs = this.#readEveryMs;
    const reads = Math.floor((toMs - fromMs) / everyMs);
    const firstMs = Math.ceil(fromMs / everyMs) * everyMs;
    for (let i = 0; i < reads; i++) {
      await this.time.advanceTo(firstMs + i * everyMs);
      void this.#read();
    }
    await this.time.advanceTo(toMs);
  }

  lose(): void {
    this.#store.fail(this.#fault);
  }

  bringBack(): void {
    this.#store.heal();
  }

  /** How long after a moment the node was first seen in a state of health; Infinity: not yet. */
  healthMs(health: string, sinceMs: number): number {
    const change = this.#changes.find(({ atMs, to }) => to === health && atMs >= sinceMs);
    return (change?.atMs ?? Infinity) - sinceMs;
  }

  /** Whether it is the lost node that answers for its keys again. */
  async isServed(): Promise<boolean> {
    const before = this.#store.count("get");
    await this.#cache.get(this.#keys[0] as string);
    return this.#store.count("get") > before;
  }

  async end(): Promise<void> {
    await this.#cache.close();
  }

  get #store(): FaultyCache {
    return this.#stores[LOST] as FaultyCache;
  }

  async #read(): Promise<void> {
    const { clock } = this.time;
    const key = this.#keys[this.reads.length % KEYS] as string;
    const read = { startedMs: clock.now(), endedMs: Infinity, isAnswered: false };
    this.reads.push(read);
    try {
      read.isAnswered = (await this.#cache.get(key)) !== undefined;
    } catch {
      // That nobody can answer is what is looked for.
    }
    read.endedMs = clock.now();
  }
}

/** Keys whose first owner is the node that will be lost. */
function keysOf(nodes: readonly CacheNode[]): string[] {
  const ring = new HashRing();
  for (const node of nodes) ring.add(node);
  const keys: string[] = [];
  for (let i = 0; keys.length < KEYS; i++) {
    if (ring.get(`key:${i}`) === nodes[LOST]) keys.push(`key:${i}`);
  }
  return keys;
}
