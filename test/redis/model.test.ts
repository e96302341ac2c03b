import { describe } from "vitest";
import { describeModel } from "../model/describe-model.ts";
import { hasServer } from "../support/server-process.ts";
import {
  backendOver,
  clusterServers,
  laurelServer,
  sentinelServers,
  singleServer,
} from "./backends.ts";
import { ioredis, nodeRedis } from "./clients.ts";

describe("Laurel's server", () => {
  describeModel("a cache through ioredis", backendOver(laurelServer(), ioredis));
});

describe.runIf(hasServer("redis"))("redis-server", () => {
  describeModel(
    "a cache through node-redis, RESP3",
    backendOver(singleServer("redis"), nodeRedis(3)),
  );
});

describe.runIf(hasServer("redis"))("Sentinel and redis-server", () => {
  describeModel("a cache through ioredis", backendOver(sentinelServers("redis"), ioredis));
});

describe.runIf(hasServer("valkey"))("a Cluster of valkey-server", () => {
  describeModel(
    "a cache through node-redis, RESP2",
    backendOver(clusterServers("valkey"), nodeRedis(2)),
  );
});

describe.runIf(hasServer("valkey"))("valkey-server", () => {
  describeModel("a cache through ioredis", backendOver(singleServer("valkey"), ioredis));
});
