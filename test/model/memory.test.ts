import { MemoryLeaderboardCache } from "laurel";
import { VirtualTime } from "../support/virtual-time.ts";
import { describeModel } from "./describe-model.ts";

const time = new VirtualTime();

describeModel("MemoryLeaderboardCache", {
  create: (options) =>
    new MemoryLeaderboardCache({ clock: time.clock, timers: time.timers, ...options }),
  advance: (ms) => time.advance(ms),
});
