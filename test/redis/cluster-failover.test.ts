/** Real servers whose master is killed under load: what was confirmed is there, and nothing twice. */
import { type RedisClient, RedisLeaderboardCache } from "laurel/redis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { slotOf } from "../../src/redis/slot.ts";
import { type ServerCluster, startCluster } from "../support/server-cluster.ts";
import { hasServer, type ServerKind, type ServerProcess } from "../support/server-process.ts";
import { type ServerSentinels, startSentinels } from "../support/server-sentinels.ts";
import { ioredis, nodeRedis } from "./clients.ts";
import { ConfirmedLoad } from "./confirmed-load.ts";

const TIMEOUT_MS = 3000;
/** Generous: a node counts as failed after 1.5 s here, a master that Sentinels watch after 1 s. */
const OUTAGE_MS_MAX = 15_000;
const START_MS_MAX = 60_000;
const TEST_MS_MAX = 60_000;
/** How many texts are written before a master is killed, and after it is back. */
const TEXTS = 500;
/** As many as `startCluster` gives the first master. */
const FIRST_SLOTS = Math.floor(16_384 / 3);

const KINDS: readonly ServerKind[] = ["redis", "valkey"];
const WATCHED = [
  ["redis", ioredis],
  ["valkey", nodeRedis(3)],
] as const;
const LIBRARIES = [ioredis, nodeRedis(3)].map((library) => [library.name, library] as const);

function cacheOver(client: RedisClient, prefix: string): RedisLeaderboardCache {
  return new RedisLeaderboardCache(client, {
    prefix,
    timeout: TIMEOUT_MS,
    replicas: 1,
    replicaTimeout: 200,
  });
}

/** What happens to servers while a load goes on. */
interface Fate {
  /** Kills a master. */
  kill(): Promise<ServerProcess>;
  /** Resolves when it is replaced, and when it follows its successor. */
  settled(): Promise<void>;
  /** Starts it anew, empty. */
  restart(killed: ServerProcess): Promise<void>;
}

/**
 * Lets a load go on while a master is killed, until it is replaced, and until it is back as a replica:
 * before that nobody is left to confirm a write.
 * @returns the longest time without answers, milliseconds
 */
async function outageOf(load: ConfirmedLoad, fate: Fate): Promise<number> {
  load.start();
  try {
    await load.acknowledged(TEXTS);
    load.watch();
    const killed = await fate.kill();
    await fate.settled();
    await load.answered(1);
    const outageMs = load.silenceMs;
    await fate.restart(killed);
    await fate.settled();
    await load.acknowledged(TEXTS);
    return outageMs;
  } finally {
    await load.stop();
  }
}

function report(what: string, outageMs: number, load: ConfirmedLoad): void {
  const outage = `master killed: ${Math.round(outageMs)} ms without answers for its keys`;
  console.info(`${what}: ${outage} (failed calls: ${JSON.stringify(load.codes)})`);
}

describe.each(KINDS)("six servers of %s in a Cluster", (kind) => {
  describe.runIf(hasServer(kind))("whose first master is killed", () => {
    let cluster: ServerCluster;
    beforeAll(async () => {
      cluster = await startCluster(kind);
    }, START_MS_MAX);
    afterAll(() => cluster[Symbol.asyncDispose]());

    test.each(LIBRARIES)(
      "keep all that they confirmed, through %s",
      async (name, library) => {
        const prefix = `${name}:`;
        await using cache = cacheOver(library.cluster(cluster.ports), prefix);
        const isLost = (key: string) => slotOf(prefix + key) < FIRST_SLOTS;
        const load = new ConfirmedLoad(cache, TIMEOUT_MS, isLost);
        const outageMs = await outageOf(load, {
          kill: () => cluster.killMaster(0),
          settled: () => cluster.settled(),
          restart: (killed) => killed.restart(),
        });
        report(`${kind} Cluster, ${name}`, outageMs, load);
        await load.check();
        expect(outageMs).toBeLessThan(OUTAGE_MS_MAX);
      },
      TEST_MS_MAX,
    );
  });
});

describe.each(WATCHED)("a master of %s that Sentinels watch", (kind, library) => {
  const { name } = library;
  describe.runIf(hasServer(kind))("and that is killed", () => {
    let servers: ServerSentinels;
    beforeAll(async () => {
      servers = await startSentinels(kind);
    }, START_MS_MAX);
    afterAll(() => servers[Symbol.asyncDispose]());

    test(
      `keeps all that it confirmed, through ${name}`,
      async () => {
        const client = library.sentinel(servers.name, servers.sentinels);
        await using cache = cacheOver(client, `${name}:`);
        const load = new ConfirmedLoad(cache, TIMEOUT_MS);
        const outageMs = await outageOf(load, {
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
        });
        report(`${kind} Sentinels, ${name}`, outageMs, load);
        await load.check();
        expect(outageMs).toBeLessThan(OUTAGE_MS_MAX);
      },
      TEST_MS_MAX,
    );
  });
});
