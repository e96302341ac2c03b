import { describeModel } from "../model/describe-model.ts";
import { IoredisPort } from "./ioredis-port.ts";
import { NodeRedisPort } from "./node-redis-port.ts";
import { servedBackend } from "./served-backend.ts";

describeModel(
  "a served cache through ioredis",
  servedBackend((port) => new IoredisPort({ port, host: "127.0.0.1" })),
);
describeModel(
  "a served cache through node-redis, RESP3",
  servedBackend((port) => new NodeRedisPort({ port, RESP: 3 })),
);
