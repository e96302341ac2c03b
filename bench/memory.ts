import { measureHeap } from "./heap.ts";
import { type HeapRequest, VALUE_BYTES } from "./heap-subjects.ts";
import { type Report, whole } from "./report.ts";

/** What is small is measured many at a time, for what else moves on the heap to count for little. */
const MEASURED_ENTRIES = 100_000;
const SET_SIZES = [10, 1_000, 10_000, 100_000, 1_000_000];
const CACHE_SIZES = [10_000, 100_000, 1_000_000];
/** What texts say of an entry and of a member. */
const SIZE_OF_FACTS = 1_000_000;
const NAME_BYTES = 18;

/**
 * What sets and caches hold on the heap, names and values included, beside what they say. Several
 * processes measure at once: bytes do not depend on how long it takes.
 */
export async function benchMemory(report: Report): Promise<void> {
  await benchMembers(report);
  await benchEntries(report);
}

async function benchMembers(report: Report): Promise<void> {
  const rows: string[][] = [];
  for (const size of SET_SIZES) {
    const [set, board, peer] = await Promise.all([
      measured({ subject: "sorted set", size }),
      measured({ subject: "leaderboard", size }),
      measured({ subject: "peer's sorted set", size }),
    ]);
    rows.push([
      whole(size),
      whole(set.bytesEach),
      whole(board.bytesEach),
      percent(board.accountedShare),
      whole(peer.bytesEach),
    ]);
    report.figure(`SortedSet: bytes a member at ${size}`, set.bytesEach);
    if (size === SIZE_OF_FACTS) report.fact("fact-bytes-per-member", whole(board.bytesEach));
    if (size >= (CACHE_SIZES[0] as number)) accountedFigure(report, "leaderboard", size, board);
  }
  report.table(
    "bytes-per-member",
    `Bytes a member, its name of ${NAME_BYTES} bytes included`,
    ["members of a set", "SortedSet", "MemoryLeaderboardCache", "of it accounted for", "peer"],
    rows,
  );
}

async function benchEntries(report: Report): Promise<void> {
  const rows: string[][] = [];
  for (const name of ["plain", "limited"]) {
    const caches = await Promise.all(
      CACHE_SIZES.map((size) => measured({ subject: "key-value", name, size })),
    );
    const peers = await Promise.all(
      CACHE_SIZES.map((size) => measured({ subject: "lru-cache", name, size })),
    );
    for (const [i, size] of CACHE_SIZES.entries()) {
      const cache = caches[i] as Measured;
      rows.push([
        name === "limited"
          ? "with ttl and maxEntries"
          : "without ttl and limits (lru-cache: max alone)",
        whole(size),
        whole(cache.bytesEach),
        whole(cache.bytesEach - NAME_BYTES - VALUE_BYTES),
        whole((peers[i] as Measured).bytesEach),
        percent(cache.accountedShare),
      ]);
      accountedFigure(report, `key-value, ${name}`, size, cache);
      if (name === "plain" && size === SIZE_OF_FACTS) {
        report.fact("fact-bytes-per-entry", whole(cache.bytesEach));
      }
    }
  }
  report.table(
    "bytes-per-entry",
    `Bytes a key-value entry, keys of ${NAME_BYTES} bytes, values of ${VALUE_BYTES}`,
    [
      "MemoryCache",
      "entries",
      "bytes an entry",
      "beside key and value",
      "lru-cache",
      "accounted for",
    ],
    rows,
  );
}

interface Measured {
  readonly bytesEach: number;
  /** What `memoryBytes` says, as a part of what was measured. */
  readonly accountedShare: number;
}

async function measured(request: Omit<HeapRequest, "instances">): Promise<Measured> {
  const instances = Math.ceil(MEASURED_ENTRIES / request.size);
  const { bytes, accounted = 0 } = await measureHeap({ ...request, instances });
  return { bytesEach: bytes / (request.size * instances), accountedShare: accounted / bytes };
}

function accountedFigure(report: Report, name: string, size: number, result: Measured): void {
  report.figure(
    `memoryBytes of ${name} at ${size}: off the heap by`,
    Math.abs(result.accountedShare - 1),
  );
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
