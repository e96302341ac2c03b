import { describe } from "vitest";
import { hasServer } from "../support/server-process.ts";
import { sentinelServers } from "./backends.ts";
import { ioredis, nodeRedis } from "./clients.ts";
import { describeContract } from "./describe-contract.ts";

describe.runIf(hasServer("redis"))("Sentinel and redis-server", () => {
  describeContract("Sentinel and redis-server", sentinelServers("redis"), [
    ioredis,
    nodeRedis(2),
    nodeRedis(3),
  ]);
});
