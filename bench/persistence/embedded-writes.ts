import { MemoryCache } from "laurel";
import { files } from "laurel/persistence";
import { awaited, concurrent, type Contestant, measure, type Timing } from "../measure.ts";
import { Players } from "../players.ts";
import { median, nanoseconds, type Report, times } from "../report.ts";
import { Scratch } from "./scratch.ts";

const ENTRIES = 10_000;
const TTL_MS = 600_000;
/** As a token or a small JSON would be. */
const VALUE = "v".repeat(64);

const CALLERS = [
  { callers: 1, contestant: awaited },
  { callers: 100, contestant: concurrent },
] as const;

/** Awaited `set` and `get` of an embedded cache, by how soon a write has to be on the disk. */
export async function benchEmbeddedWrites(report: Report): Promise<void> {
  using scratch = new Scratch();
  const players = new Players(ENTRIES);
  const rows: string[][] = [];
  for (const fsync of ["no", "everysec", "always"] as const) {
    const kept = new MemoryCache({
      // Rewriting would take its time in one measurement and not in the other.
      persistence: files({ dir: scratch.directory(fsync), fsync, rewrite: false }),
    });
    const without = new MemoryCache();
    await kept.ready();
    for (const cache of [kept, without]) {
      await cache.setMany(
        players.names.map((name) => [name, VALUE] as const),
        { ttl: TTL_MS },
      );
    }
    for (const call of ["set", "get"] as const) {
      for (const { callers, contestant } of CALLERS) {
        const [first, second] = await compare(contestant, call, players, without, kept);
        rows.push([
          call,
          fsync,
          String(callers),
          median(first),
          nanoseconds(first.p99Ns),
          median(second),
          nanoseconds(second.p99Ns),
          times(second.ratio),
        ]);
        report.figure(`embedded ${call}, ${fsync}, ${callers} at once, ns`, second.medianNs);
      }
    }
    await kept.close();
    await without.close();
  }
  report.table(
    "journal-embedded",
    "Awaited calls of an embedded cache with a journal",
    ["call", "fsync", "callers", "without", "p99", "with a journal", "p99", "ratio"],
    rows,
  );
}

async function compare(
  contestant: (name: string, operation: (i: number) => Promise<unknown>) => Contestant,
  call: "set" | "get",
  players: Players,
  ...caches: readonly [MemoryCache, MemoryCache]
): Promise<[Timing, Timing]> {
  const contestants = caches.map((cache) =>
    contestant(
      call,
      call === "get"
        ? (i) => cache.get(players.name(i))
        : (i) => cache.set(players.name(i), VALUE, { ttl: TTL_MS }),
    ),
  );
  return (await measure(contestants)) as [Timing, Timing];
}
