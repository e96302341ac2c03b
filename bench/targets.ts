import type { PartName } from "./parts.ts";

/** What must hold of a figure that a part of the benchmarks measured. */
export interface Target {
  readonly part: PartName;
  readonly what: string;
  readonly figure: string;
  readonly bound: "at least" | "at most";
  readonly limit: number;
  readonly unit: string;
}

const WANDERING = "range of 100, wandering over the middle half";
const PEER_SYNCHRONOUS = "times as fast as the peer's synchronous call";

/** Each line of what Laurel promises of its speed and memory. */
export const TARGETS: readonly Target[] = [
  ...sortedSetTargets("SortedSet", { update: 4, rank: 3, [WANDERING]: 6 }),
  ...sortedSetTargets("awaited", { update: 3, rank: 2, [WANDERING]: 5 }),
  ...[1_000, 10_000, 100_000].flatMap((entries) => keyValueTargets(entries)),
  {
    part: "floor",
    what: "update at 1,000,000",
    figure: "SortedSet update at 1000000: times a Map.set",
    bound: "at most",
    limit: 8,
    unit: "times a bare Map.set",
  },
  growthTarget("floor", "SortedSet update"),
  growthTarget("floor", "SortedSet rank"),
  growthTarget("score-range", "countByScore"),
  growthTarget("score-range", "start of rangeByScore"),
  {
    part: "memory",
    what: "a member at 1,000,000, its name included",
    figure: "SortedSet: bytes a member at 1000000",
    bound: "at most",
    limit: 200,
    unit: "bytes",
  },
  ...accountingTargets("key-value, plain", [10_000, 100_000, 1_000_000]),
  ...accountingTargets("key-value, limited", [10_000, 100_000, 1_000_000]),
  ...accountingTargets("leaderboard", [10_000, 100_000, 1_000_000]),
  stepTarget("1,000,000 keys expire at one instant"),
  stepTarget("1,000,000 keys expire at one instant, with maxEntries and LRU"),
  stepTarget("a set of 1,000,000 members expires"),
  stepTarget("a set of 1,000,000 members is deleted"),
  {
    part: "ring",
    what: "lookup at 10 nodes",
    figure: "ring lookup at 10 nodes: times hashring",
    bound: "at most",
    limit: 0.3,
    unit: "times hashring's, its cache of answers off",
  },
  {
    part: "ring",
    what: "lookup at 10 nodes",
    figure: "ring lookup at 10 nodes, ns",
    bound: "at most",
    limit: 200,
    unit: "ns",
  },
  ...["fnv1a", "murmur3", "xxhash32"].flatMap((hash) => evennessTargets(hash)),
  ...distributedCallTargets("get", "async", { times: 2.5, ns: 1_270 }),
  ...distributedCallTargets("get", "sync", { times: 2.5, ns: 1_270 }),
  ...distributedCallTargets("set", "async", { times: 4, ns: 4_200 }),
  ...distributedCallTargets("set", "sync", { times: 6, ns: 36_500 }),
  boardGrowthTarget("async"),
  boardGrowthTarget("sync"),
  ...moveTargets(),
  {
    part: "distributed",
    what: "what a coordinator holds for a key in quiet",
    figure: "bytes a coordinator holds, quiet keys",
    bound: "at most",
    limit: 1,
    unit: "bytes",
  },
  ...serverTargets("SET", 0.9),
  ...serverTargets("GET", 0.9),
  ...serverTargets("ZADD", 0.7),
  {
    part: "server",
    what: "resident memory with 1,000,000 keys, idle",
    figure: "server with 1000000 keys: times Redis",
    bound: "at most",
    limit: 1.6,
    unit: "times Redis'",
  },
  ...["ioredis", "node-redis"].flatMap((client) => clientTargets(client)),
  ...["SET", "ZADD"].map((command) => journalTarget(command)),
  {
    part: "persistence",
    what: "SET with appendfsync always, 50 clients",
    figure: "SET, always: times Redis",
    bound: "at least",
    limit: 0.7,
    unit: "times Redis' requests a second",
  },
  ...["1,000,000 strings", "a set of 1,000,000 members"].flatMap((data) => keptDataTargets(data)),
];

function sortedSetTargets(
  contestant: "SortedSet" | "awaited",
  limits: Readonly<Record<string, number>>,
): Target[] {
  return Object.entries(limits).map(([call, limit]) => ({
    part: "sorted-sets",
    what: `${contestant} ${call} at 100,000`,
    figure: `${contestant} ${call} at 100000: times the peer`,
    bound: "at least",
    limit,
    unit: PEER_SYNCHRONOUS,
  }));
}

function keyValueTargets(entries: number): Target[] {
  const limits = { get: 8, set: 7 } as const;
  return (["get", "set"] as const).flatMap((call): Target[] => [
    {
      part: "key-value",
      what: `awaited ${call} with ttl and limit, ${spelt(entries)} entries`,
      figure: `awaited ${call} at ${entries}: times lru-cache`,
      bound: "at most",
      limit: limits[call],
      unit: "times lru-cache's synchronous call",
    },
    {
      part: "key-value",
      what: `awaited ${call} with ttl and limit, ${spelt(entries)} entries`,
      figure: `cache-manager ${call} at ${entries}: times Laurel`,
      bound: "at least",
      limit: 4,
      unit: "times as fast as cache-manager",
    },
  ]);
}

function spelt(count: number): string {
  return count.toLocaleString("en-US");
}

/** A linear cost would grow 1,000 times; caches' misses are included. */
function growthTarget(part: PartName, call: string): Target {
  return {
    part,
    what: `${call} from 1,000 to 1,000,000 members`,
    figure: `${call}: growth from 1000 to 1000000`,
    bound: "at most",
    limit: 40,
    unit: "times as long",
  };
}

function accountingTargets(kind: string, sizes: readonly number[]): Target[] {
  return sizes.map((size) => ({
    part: "memory",
    what: `memoryBytes of ${kind}, ${spelt(size)} entries`,
    figure: `memoryBytes of ${kind} at ${size}: off the heap by`,
    bound: "at most",
    limit: 0.15,
    unit: "of the heap off",
  }));
}

/** A share's coefficient of variation; a hundred sets of nodes leave some chance in it. */
function evennessTargets(hash: string): Target[] {
  return [3, 5, 10, 50].map((nodes) => ({
    part: "ring",
    what: `unevenness of ${nodes} nodes' shares by ${hash}`,
    figure: `ring of ${nodes} nodes by ${hash}: unevenness`,
    bound: "at most",
    limit: 1.25,
    unit: "times that of random points",
  }));
}

/** Against one embedded cache, and by the clock. */
function distributedCallTargets(
  call: string,
  mode: string,
  limits: { readonly times: number; readonly ns: number },
): Target[] {
  const what = `${call} on 3 nodes, ${mode}`;
  return [
    {
      part: "distributed",
      what,
      figure: `${what}: times one cache`,
      bound: "at most",
      limit: limits.times,
      unit: "times the same call on one cache",
    },
    {
      part: "distributed",
      what,
      figure: `${what}, ns`,
      bound: "at most",
      limit: limits.ns,
      unit: "ns",
    },
  ];
}

function boardGrowthTarget(mode: string): Target {
  return {
    part: "distributed",
    what: `replicated zIncrBy, ${mode}, from 1,000 to 100,000 members`,
    figure: `zIncrBy, ${mode}: growth from 1000 to 100000`,
    bound: "at most",
    limit: 2,
    unit: "times as long",
  };
}

/** A fourth node comes to three that hold 1,000,000 keys. */
function moveTargets(): Target[] {
  const what = "a fourth node for 1,000,000 keys";
  return [
    {
      part: "distributed",
      what: `${what}: share of keys moved`,
      figure: "move, factor 1, idle: deviations off",
      bound: "at most",
      limit: 4,
      unit: "standard deviations from a quarter",
    },
    {
      part: "distributed",
      what: `${what}, idle`,
      figure: "move, factor 1, idle: keys a second",
      bound: "at least",
      limit: 200_000,
      unit: "keys a second",
    },
    {
      part: "distributed",
      what: `${what}: reads at 10,000 a second`,
      figure: "reads, factor 1, during the move: p99, ms",
      bound: "at most",
      limit: 2,
      unit: "ms, p99",
    },
  ];
}

function stepTarget(scenario: string): Target {
  return {
    part: "expiry",
    what: scenario,
    figure: `longest step, ms: ${scenario}`,
    bound: "at most",
    limit: 2,
    unit: "ms a step",
  };
}

function serverTargets(command: string, limit: number): Target[] {
  return [1, 16, 64].map((commands) => ({
    part: "server",
    what: `${command}, ${commands} in a pipeline`,
    figure: `server ${command}, pipeline ${commands}: times the bare server`,
    bound: "at least",
    limit,
    unit: "times a bare server's requests a second",
  }));
}

/** Calls of a cache over a client, one at a time, beside the same calls of that client. */
function clientTargets(client: string): Target[] {
  const calls = [
    [client, "get"],
    [client, "zIncrBy"],
    [client, "getMany of 1000 keys"],
    [`${client} Cluster`, "getMany of 1000 keys"],
  ] as const;
  return calls.map(([name, call]) => ({
    part: "redis",
    what: `${call} by ${name}`,
    figure: `${name} ${call}, 1 at once: times the bare client`,
    bound: "at most",
    limit: 1.25,
    unit: "times the bare client's",
  }));
}

/** What a journal that nobody waits for may take of the requests a second. */
function journalTarget(command: string): Target {
  return {
    part: "persistence",
    what: `${command} with appendfsync everysec, 16 in a pipeline`,
    figure: `${command}, 16 in a pipeline, everysec: times without`,
    bound: "at least",
    limit: 0.85,
    unit: "times the requests a second without a journal",
  };
}

/** Writing it in the background, and loading it. */
function keptDataTargets(data: string): Target[] {
  return [
    ...["BGREWRITEAOF", "BGSAVE"].map((command): Target => ({
      part: "persistence",
      what: `commands during ${command} of ${data}`,
      figure: `${command} of ${data}: p99, ms`,
      bound: "at most",
      limit: 20,
      unit: "ms, p99",
    })),
    ...["journal", "snapshot"].map((form): Target => ({
      part: "persistence",
      what: `loading ${data} from a ${form}`,
      figure: `loading ${data} from a ${form}, s`,
      bound: "at most",
      limit: 5,
      unit: "s",
    })),
  ];
}
