import { isInstalled } from "../test/support/server-process.ts";
import {
  type AwaitedStore,
  bentocache,
  cacheable,
  cacheManager,
  ioredisMock,
  laurel,
  lruCache,
  redisOverLoopback,
  type Store,
  unlimitedCacheManager,
  valueOf,
} from "./key-value-peers.ts";
import { awaited, concurrent, measure, synchronous, type Timing } from "./measure.ts";
import { Players } from "./players.ts";
import { median, nanoseconds, pooled, type Report, times, whole } from "./report.ts";
import { REDIS, ServerProcess } from "./server/server-process.ts";

const SIZES = [1_000, 10_000, 100_000];
/** The size that the short table and the chart show. */
const SIZE_SHOWN = 10_000;
const CALLS = ["get", "set"] as const;
type Call = (typeof CALLS)[number];

/** What one cache took for one call at one size. */
interface Finding {
  readonly name: string;
  readonly call: Call;
  readonly size: number;
  readonly timing: Timing;
  /** What Laurel's awaited call took in the neighbouring turns, to which the ratio is. */
  readonly beside: Timing;
}

/** Our awaited `get` and `set` beside what a user would pick instead. */
export async function benchKeyValue(report: Report): Promise<void> {
  await using redis = isInstalled("redis-server") ? await ServerProcess.start(REDIS) : undefined;
  const findings: Finding[] = [];
  for (const size of SIZES) {
    const remote = redis === undefined ? [] : [redisOverLoopback(redis.port)];
    const peers = [
      cacheManager(size),
      unlimitedCacheManager(),
      cacheable(size),
      bentocache(size),
      ioredisMock(),
      ...remote,
    ];
    findings.push(...(await findingsOf(report, size, peers)));
    for (const { close } of peers) await close?.();
  }
  reportFindings(report, findings);
}

async function findingsOf(
  report: Report,
  size: number,
  peers: readonly AwaitedStore[],
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const players = new Players(size);
  const ours = laurel(size);
  const lru = lruCache(size);
  for (const store of [ours, lru, ...peers]) {
    for (const name of players.names) await store.set(name, valueOf(0));
  }
  for (const call of CALLS) {
    const add = (name: string, timing: Timing, beside: Timing): void => {
      findings.push({ name, call, size, timing, beside });
    };
    const oursOf = operation(ours, call, players);
    const [alone, together, lrus] = (await measure([
      awaited(ours.name, oursOf),
      concurrent(ours.name, oursOf),
      synchronous(lru.name, operation(lru, call, players)),
    ])) as [Timing, Timing, Timing];
    const runs = [alone];
    const others: [name: string, timing: Timing, beside: Timing][] = [
      ["Laurel, 100 callers", together, alone],
      ["lru-cache, synchronous", lrus, alone],
    ];
    report.figure(`awaited ${call} at ${size}: times lru-cache`, 1 / lrus.ratio);
    for (const peer of peers) {
      const [beside, theirs] = (await measure([
        awaited(ours.name, oursOf),
        awaited(peer.name, operation(peer, call, players)),
      ])) as [Timing, Timing];
      runs.push(beside);
      others.push([peer.name, theirs, beside]);
      report.figure(`${peer.name} ${call} at ${size}: times Laurel`, theirs.ratio);
    }
    const all = pooled(runs);
    add("Laurel", all, all);
    for (const other of others) add(...other);
  }
  return findings;
}

function operation<Result>(
  store: Store<Result>,
  call: Call,
  players: Players,
): (i: number) => Result {
  return call === "get"
    ? (i) => store.get(players.name(i))
    : (i) => store.set(players.name(i), valueOf(i));
}

function reportFindings(report: Report, findings: readonly Finding[]): void {
  report.table(
    "key-value",
    "Key-value, with a ttl and a limit of entries where nothing else is said; all awaited but lru-cache",
    ["call", "entries", "median", "p99", "Laurel beside it", "Laurel's time ×"],
    findings.map(({ name, call, size, timing, beside }) => [
      `${call}: ${name}`,
      whole(size),
      median(timing),
      nanoseconds(timing.p99Ns),
      median(beside),
      times(timing.ratio),
    ]),
  );
  const shown = findings.filter(({ size }) => size === SIZE_SHOWN);
  const [gets, sets] = CALLS.map((call) => shown.filter((finding) => finding.call === call)) as [
    Finding[],
    Finding[],
  ];
  report.table(
    "key-value-peers",
    `get and set with a ttl and, where nothing else is said, a limit of ${whole(SIZE_SHOWN)} entries; all awaited but lru-cache`,
    ["cache", "get", "p99", "Laurel's time ×", "set", "p99", "Laurel's time ×"],
    gets.map((get, i) => {
      const set = sets[i] as Finding;
      return [get.name].concat(cells(get.timing), cells(set.timing));
    }),
  );
  report.chart(
    "key-value-peers",
    shown.map(({ name, call, timing }) => ({ call, name, medianNs: Math.round(timing.medianNs) })),
  );
}

function cells({ medianNs, p99Ns, ratio }: Timing): string[] {
  return [nanoseconds(medianNs), nanoseconds(p99Ns), times(ratio)];
}
