import { describe } from "vitest";
import { hasServer } from "../support/server-process.ts";
import { clusterServers } from "./backends.ts";
import { ioredis, nodeRedis } from "./clients.ts";
import { describeContract } from "./describe-contract.ts";

describe.runIf(hasServer("redis"))("a Cluster of redis-server", () => {
  describeContract("a Cluster of redis-server", clusterServers("redis"), [
    ioredis,
    nodeRedis(2),
    nodeRedis(3),
  ]);
});
