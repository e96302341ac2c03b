import { MemoryLeaderboardCache } from "laurel";
import { serve } from "laurel/server";
import { afterAll, beforeAll } from "vitest";
import { VirtualTime } from "../support/virtual-time.ts";
import type { Backend } from "../contract/backend.ts";
import { ClientLeaderboardCache } from "./client-leaderboard-cache.ts";
import type { ClientPort } from "./port.ts";

type Server = Awaited<ReturnType<typeof serve>>;

/**
 * Caches over clients of one server, which the tests of a file share: it begins before them and ends
 * after them, its time is virtual, and each cache finds it empty.
 */
export function servedBackend(
  connect: (port: number) => ClientPort,
): Backend<ClientLeaderboardCache> {
  const time = new VirtualTime();
  const { clock, timers } = time;
  let served: { readonly cache: MemoryLeaderboardCache; readonly server: Server } | undefined;

  beforeAll(async () => {
    const cache = new MemoryLeaderboardCache({ clock, timers });
    served = { cache, server: await serve({ port: 0, cache }) };
  });
  afterAll(async () => {
    await served?.server.close();
    await served?.cache.close();
  });

  return {
    create: async (options) => {
      if (served === undefined) throw new Error("The server is not there yet");
      await served.cache.clear();
      return new ClientLeaderboardCache(connect(served.server.port), options);
    },
    advance: (ms) => time.advance(ms),
  };
}
