import { describe } from "vitest";
import { hasServer } from "../support/server-process.ts";
import { singleServer } from "./backends.ts";
import { ioredis, nodeRedis } from "./clients.ts";
import { describeContract } from "./describe-contract.ts";

describe.runIf(hasServer("valkey"))("valkey-server", () => {
  describeContract("valkey-server", singleServer("valkey"), [ioredis, nodeRedis(2), nodeRedis(3)]);
});
