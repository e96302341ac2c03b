import { filledCache, filledPeer, filledSet } from "./boards.ts";
import { awaited, concurrent, measure, synchronous, type Timing } from "./measure.ts";
import { Players } from "./players.ts";
import { median, nanoseconds, type Report, times, whole } from "./report.ts";
import { CALLS } from "./sorted-set-calls.ts";

const SIZES = [1_000, 100_000, 1_000_000];

/** Our `SortedSet`, and our awaited contract, beside the peer's synchronous set. */
export async function benchSortedSets(report: Report): Promise<void> {
  const synchronousRows: string[][] = [];
  const awaitedRows: string[][] = [];
  for (const size of SIZES) {
    const players = new Players(size);
    const set = filledSet(players);
    const cache = await filledCache(players);
    const peer = filledPeer(players);
    for (const { name, structure, contract, peer: peerCall } of CALLS) {
      const peerContestant = synchronous("peer", (i) => peerCall(peer, players, i));
      const [ours, theirs] = (await measure([
        synchronous("SortedSet", (i) => structure(set, players, i)),
        peerContestant,
      ])) as [Timing, Timing];
      const [alone, together, theirsAgain] = (await measure([
        awaited("awaited", (i) => contract(cache, players, i)),
        concurrent("100 callers", (i) => contract(cache, players, i)),
        peerContestant,
      ])) as [Timing, Timing, Timing];
      const members = whole(size);
      synchronousRows.push([name, members, ...cells(ours), ...cells(theirs), times(theirs.ratio)]);
      awaitedRows.push([
        name,
        members,
        ...cells(alone),
        ...cells(together),
        median(theirsAgain),
        times(theirsAgain.ratio),
      ]);
      report.figure(`SortedSet ${name} at ${size}: times the peer`, theirs.ratio);
      report.figure(`awaited ${name} at ${size}: times the peer`, theirsAgain.ratio);
    }
    await cache.close();
  }
  report.table(
    "sorted-set-structure",
    "SortedSet beside tlhunter-sorted-set, both synchronous",
    ["operation", "members", "SortedSet", "p99", "peer", "p99", "the peer takes"],
    synchronousRows,
  );
  report.table(
    "sorted-set-awaited",
    "MemoryLeaderboardCache, awaited, beside tlhunter-sorted-set, synchronous",
    ["operation", "members", "awaited", "p99", "100 callers", "p99", "peer", "the peer takes"],
    awaitedRows,
  );
}

function cells(timing: Timing): string[] {
  return [median(timing), nanoseconds(timing.p99Ns)];
}
