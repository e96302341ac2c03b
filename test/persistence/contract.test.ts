import { MemoryLeaderboardCache } from "laurel";
import { files } from "laurel/persistence";
import { afterAll } from "vitest";
import { describeCacheContract } from "../contract/cache-contract.ts";
import { describeLeaderboardContract } from "../contract/leaderboard-contract.ts";
import { VirtualTime } from "../support/virtual-time.ts";
import { temporaryDirectories } from "./support/temporary-directories.ts";

const time = new VirtualTime();
const { clock, timers } = time;
const directories = temporaryDirectories();
afterAll(directories.remove);

const backend = {
  create: async (options?: object) => {
    const persistence = files({ dir: directories.create(), fsync: "always" });
    const cache = new MemoryLeaderboardCache({ clock, timers, persistence, ...options });
    // The tests look at calls as soon as they have made them: none is to wait for the loading.
    await cache.ready();
    return cache;
  },
  advance: (ms: number): void => time.advance(ms),
};
describeCacheContract("MemoryLeaderboardCache kept in files", backend);
describeLeaderboardContract("MemoryLeaderboardCache kept in files", backend);
