import { describe } from "vitest";
import { hasServer } from "../support/server-process.ts";
import { sentinelServers } from "./backends.ts";
import { ioredis, nodeRedis } from "./clients.ts";
import { describeContract } from "./describe-contract.ts";

describe.runIf(hasServer("valkey"))("Sentinel and valkey-server", () => {
  describeContract("Sentinel and valkey-server", sentinelServers("valkey"), [
    ioredis,
    nodeRedis(2),
    nodeRedis(3),
  ]);
});
