/** What must hold of a figure that a part of the benchmarks measured. */
export interface Target {
  readonly part: PartName;
  readonly what: string;
  readonly figure: string;
  readonly bound: "at least" | "at most";
  readonly limit: number;
  readonly unit: string;
}

/** The parts of the benchmarks, in the order in which they run. */
export const PART_NAMES = [
  "index-candidates",
  "sorted-sets",
  "floor",
  "score-range",
  "go-figures",
  "key-value",
  "memory",
  "expiry",
] as const;
export type PartName = (typeof PART_NAMES)[number];

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
      what: `awaited ${call} with ttl and limit, ${entries} entries`,
      figure: `awaited ${call} at ${entries}: times lru-cache`,
      bound: "at most",
      limit: limits[call],
      unit: "times lru-cache's synchronous call",
    },
    {
      part: "key-value",
      what: `awaited ${call} with ttl and limit, ${entries} entries`,
      figure: `cache-manager ${call} at ${entries}: times Laurel`,
      bound: "at least",
      limit: 4,
      unit: "times as fast as cache-manager",
    },
  ]);
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
    what: `memoryBytes of ${kind}, ${size} entries`,
    figure: `memoryBytes of ${kind} at ${size}: off the heap by`,
    bound: "at most",
    limit: 0.15,
    unit: "of the heap off",
  }));
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
