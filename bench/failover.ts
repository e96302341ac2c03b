import { type RedisClient, RedisCache } from "laurel/redis";
import { type ClientLibrary, ioredis, nodeRedis } from "../test/redis/clients.ts";
import { startCluster } from "../test/support/server-cluster.ts";
import {
  isInstalled,
  type ServerKind,
  type ServerProcess,
} from "../test/support/server-process.ts";
import { startSentinels } from "../test/support/server-sentinels.ts";
import { quantile } from "./measure.ts";
import { WriteLoad } from "./redis/write-load.ts";
import type { Report } from "./report.ts";

const RUNS = 3;
const LIBRARIES = [ioredis, nodeRedis(3)];
const KEYS = 100;
const TIMEOUT_MS = 3000;
/** Writes before the master is killed, and after it was replaced. */
const WRITES = 500;
const REPLICAS = 2;
const MS_PER_S = 1000;

/** Servers whose master can be killed. */
interface Watched extends AsyncDisposable {
  readonly name: string;
  readonly client: (library: ClientLibrary) => RedisClient;
  /** Keys that the master holds which will be killed. */
  readonly keys: () => Promise<readonly string[]>;
  readonly kill: () => Promise<ServerProcess>;
  readonly settled: () => Promise<void>;
  /** Starts it anew, as a replica of its successor. */
  readonly restart: (killed: ServerProcess) => Promise<void>;
}

/** A master of real servers is killed under load: how long nobody can write to its keys. */
export async function benchFailover(report: Report): Promise<void> {
  const kinds = (["redis", "valkey"] as const).filter((kind) => isInstalled(`${kind}-server`));
  const rows: string[][] = [];
  const points: { what: string; name: string; seconds: number }[] = [];
  for (const start of [watchedCluster, watchedSentinels]) {
    for (const kind of kinds) {
      await using servers = await start(kind);
      const runs: number[][] = [];
      for (let run = 0; run < RUNS; run++) runs.push(await outagesSeconds(servers));
      for (const [i, { name }] of LIBRARIES.entries()) {
        const outages = runs.map((run) => run[i] as number);
        const seconds = quantile(outages, 0.5);
        rows.push([servers.name, name, spelt(seconds), spelt(Math.max(...outages))]);
        points.push({ what: servers.name, name, seconds: Number(seconds.toFixed(2)) });
      }
    }
  }
  report.table(
    "redis-failover",
    `A master is killed: the longest time without an acknowledged write to its keys, ${RUNS} runs`,
    ["servers", "through", "median", "longest"],
    rows,
  );
  report.chart("redis-failover", points);
}

/** Kills a master while each library writes to its keys; returns how long each could not. */
async function outagesSeconds(servers: Watched): Promise<number[]> {
  const keys = await servers.keys();
  const caches = LIBRARIES.map((library) => {
    return new RedisCache(servers.client(library), { timeout: TIMEOUT_MS });
  });
  const loads = caches.map((cache) => new WriteLoad(cache, keys));
  await Promise.all(loads.map((load) => load.acknowledged(WRITES)));
  for (const load of loads) load.watch();
  const killed = await servers.kill();
  await servers.settled();
  await Promise.all(loads.map((load) => load.acknowledged(WRITES)));
  const seconds = loads.map(({ silenceMs }) => silenceMs / MS_PER_S);
  await Promise.all(loads.map((load) => load.stop()));
  await Promise.all(caches.map((cache) => cache.close()));
  await servers.restart(killed);
  await servers.settled();
  return seconds;
}

async function watchedCluster(kind: ServerKind): Promise<Watched> {
  const cluster = await startCluster(kind);
  return {
    name: `${nameOf(kind)} Cluster`,
    client: (library) => library.cluster(cluster.ports),
    keys: async () => {
      const [master] = await cluster.masters();
      const keys: string[] = [];
      for (let i = 0; keys.length < KEYS; i++) {
        if ((await cluster.masterOf(`key:${i}`)) === master) keys.push(`key:${i}`);
      }
      return keys;
    },
    kill: () => cluster.killMaster(0),
    settled: () => cluster.settled(),
    restart: (killed) => killed.restart(),
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}

async function watchedSentinels(kind: ServerKind): Promise<Watched> {
  const servers = await startSentinels(kind, { replicas: REPLICAS });
  return {
    name: `${nameOf(kind)} with Sentinels`,
    client: (library) => library.sentinel(servers.name, servers.sentinels),
    keys: async () => Array.from({ length: KEYS }, (_, i) => `key:${i}`),
    kill: async () => {
      const master = await servers.master();
      await master.kill();
      return master;
    },
    settled: () => servers.settled(),
    restart: async (killed) => {
      await killed.restart();
      // Sentinels would say so, too, but take ten seconds for it.
      const { port } = await servers.master();
      await killed.ask("REPLICAOF", "127.0.0.1", String(port));
    },
    [Symbol.asyncDispose]: () => servers[Symbol.asyncDispose](),
  };
}

function nameOf(kind: ServerKind): string {
  return kind === "redis" ? "Redis" : "Valkey";
}

function spelt(seconds: number): string {
  return `${seconds.toFixed(1)} s`;
}
