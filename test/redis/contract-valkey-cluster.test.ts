import { describe } from "vitest";
import { hasServer } from "../support/server-process.ts";
import { clusterServers } from "./backends.ts";
import { ioredis, nodeRedis } from "./clients.ts";
import { describeContract } from "./describe-contract.ts";

describe.runIf(hasServer("valkey"))("a Cluster of valkey-server", () => {
  describeContract("a Cluster of valkey-server", clusterServers("valkey"), [
    ioredis,
    nodeRedis(2),
    nodeRedis(3),
  ]);
});
