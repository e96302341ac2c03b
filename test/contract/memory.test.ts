import { MemoryCache, MemoryLeaderboardCache } from "laurel";
import { VirtualTime } from "../support/virtual-time.ts";
import { describeCacheContract } from "./cache-contract.ts";
import { describeLeaderboardContract } from "./leaderboard-contract.ts";

const time = new VirtualTime();
const advance = (ms: number): void => time.advance(ms);
const { clock, timers } = time;

describeCacheContract("MemoryCache", {
  create: (options) => new MemoryCache({ clock, timers, ...options }),
  advance,
});

const leaderboards = {
  create: (options?: object) => new MemoryLeaderboardCache({ clock, timers, ...options }),
  advance,
};
describeCacheContract("MemoryLeaderboardCache", leaderboards);
describeLeaderboardContract("MemoryLeaderboardCache", leaderboards);
