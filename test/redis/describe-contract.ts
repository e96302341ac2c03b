import { describeCacheContract } from "../contract/cache-contract.ts";
import { describeLeaderboardContract } from "../contract/leaderboard-contract.ts";
import { describeStateTransfer } from "../contract/state-transfer.ts";
import { backendOver, type SharedServers } from "./backends.ts";
import type { ClientLibrary } from "./clients.ts";

/** Declares the whole contract over servers, through a client of each library. */
export function describeContract(
  name: string,
  servers: SharedServers,
  libraries: readonly ClientLibrary[],
): void {
  for (const library of libraries) {
    const backend = backendOver(servers, library);
    const title = `RedisLeaderboardCache, ${name}, ${library.name}`;
    describeCacheContract(title, backend);
    describeLeaderboardContract(title, backend);
    describeStateTransfer(title, backend);
  }
}
