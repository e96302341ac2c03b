import { type LeaderboardCache, MemoryCache, MemoryLeaderboardCache } from "laurel";
import type { DistributedCache } from "laurel/distributed";
import { awaited, concurrent, measure, type Timing } from "../measure.ts";
import { Players } from "../players.ts";
import { median, nanoseconds, type Report, times, whole } from "../report.ts";
import {
  collectGarbage,
  embedded,
  embeddedBoards,
  fillKeys,
  type Mode,
  MODES,
  replicated,
  VALUE_BYTES,
  valueOf,
  whenReplicated,
} from "./nodes.ts";

const NODE_COUNTS = [3, 5, 10];
const KEYS = 100_000;
const KEY_BYTES = 18;
const BOARDS = 1_000;
const DELTA_LIMIT = 1_000;

/** One call, on one cache and on many nodes. */
interface Subject {
  readonly call: string;
  readonly title: string;
  readonly one: (i: number) => Promise<unknown>;
  readonly spread: (nodes: number, mode: Mode) => Promise<Spread>;
}

interface Spread {
  readonly cache: DistributedCache;
  readonly operation: (i: number) => Promise<unknown>;
}

/** A call on nodes beside the same call on the one cache that such a node is. */
export async function benchCalls(report: Report): Promise<void> {
  const players = new Players(KEYS);
  for (const subject of [...(await keyValueSubjects(players)), await boardSubject(players)]) {
    await benchSubject(report, subject);
  }
}

async function benchSubject(report: Report, subject: Subject): Promise<void> {
  const { call } = subject;
  const rows: string[][] = [];
  for (const nodes of NODE_COUNTS) {
    for (const mode of MODES) {
      const { cache, operation } = await subject.spread(nodes, mode);
      collectGarbage();
      const [one, alone] = (await measure([
        awaited("one cache", subject.one),
        replicated(awaited(call, operation), cache),
      ])) as [Timing, Timing];
      const [oneOfMany, together] = (await measure([
        concurrent("one cache", subject.one),
        replicated(concurrent(call, operation), cache),
      ])) as [Timing, Timing];
      await cache.close();
      rows.push([
        `${nodes}, ${mode}`,
        median(alone),
        nanoseconds(alone.p99Ns),
        median(one),
        times(alone.ratio),
        median(together),
        nanoseconds(together.p99Ns),
        median(oneOfMany),
        times(together.ratio),
      ]);
      report.figure(`${call} on ${nodes} nodes, ${mode}: times one cache`, alone.ratio);
      report.figure(`${call} on ${nodes} nodes, ${mode}, ns`, alone.medianNs);
    }
  }
  report.table(
    `distributed-${call.toLowerCase()}`,
    subject.title,
    [
      "nodes, mode",
      call,
      "p99",
      "one cache",
      "times one cache",
      "100 callers",
      "p99",
      "one cache",
      "times one cache",
    ],
    rows,
  );
}

async function keyValueSubjects(players: Players): Promise<Subject[]> {
  const one = new MemoryCache();
  await fillKeys(one, players.names);
  const spread = async (nodes: number, mode: Mode): Promise<DistributedCache> => {
    const cache = embedded(nodes, { replication: mode });
    await fillKeys(cache, players.names);
    return cache;
  };
  return [
    {
      call: "get",
      title: titleOf("get"),
      one: (i) => one.get(players.name(i)),
      spread: async (nodes, mode) => {
        const cache = await spread(nodes, mode);
        return { cache, operation: (i) => cache.get(players.name(i)) };
      },
    },
    {
      call: "set",
      title: titleOf("set"),
      one: (i) => one.set(players.name(i), valueOf(i)),
      spread: async (nodes, mode) => {
        const cache = await spread(nodes, mode);
        return { cache, operation: (i) => cache.set(players.name(i), valueOf(i)) };
      },
    },
  ];
}

function titleOf(call: string): string {
  const keys = `${whole(KEYS)} keys of ${KEY_BYTES} bytes, values of ${VALUE_BYTES}`;
  return `${call} on embedded nodes, factor 2: ${keys}`;
}

async function boardSubject(players: Players): Promise<Subject> {
  const increment =
    (cache: LeaderboardCache) =>
    (i: number): Promise<number> => {
      const player = players.pick(i);
      const delta = players.newScore(i) % DELTA_LIMIT;
      return cache.zIncrBy(boardOf(player), players.names[player] as string, delta);
    };
  const one = new MemoryLeaderboardCache();
  await fillBoards(one, players);
  return {
    call: "zIncrBy",
    title:
      `zIncrBy on embedded nodes, factor 2: ${whole(BOARDS)} boards ` +
      `of ${whole(KEYS / BOARDS)} members`,
    one: increment(one),
    spread: async (nodes, mode) => {
      const cache = embeddedBoards(nodes, { replication: mode });
      await fillBoards(cache, players);
      await whenReplicated(cache);
      return { cache, operation: increment(cache) };
    },
  };
}

async function fillBoards(cache: LeaderboardCache, { names, scores }: Players): Promise<void> {
  for (const [player, member] of names.entries()) {
    await cache.zAdd(boardOf(player), { member, score: scores[player] as number });
  }
}

function boardOf(player: number): string {
  return BOARD_KEYS[player % BOARDS] as string;
}

const BOARD_KEYS = Array.from({ length: BOARDS }, (_, i) =>
  Buffer.from(`board:${String(i).padStart(12, "0")}`).toString("latin1"),
);
