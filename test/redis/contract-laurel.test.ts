import { laurelServer } from "./backends.ts";
import { ioredis, nodeRedis } from "./clients.ts";
import { describeContract } from "./describe-contract.ts";

describeContract("Laurel's server", laurelServer(), [ioredis, nodeRedis(2), nodeRedis(3)]);
