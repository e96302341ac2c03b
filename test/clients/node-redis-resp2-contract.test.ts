import { describeCacheContract } from "../contract/cache-contract.ts";
import { describeLeaderboardContract } from "../contract/leaderboard-contract.ts";
import { NodeRedisPort } from "./node-redis-port.ts";
import { servedBackend } from "./served-backend.ts";

const backend = servedBackend((port) => new NodeRedisPort({ port, RESP: 2 }));

describeCacheContract("a served cache through node-redis, RESP2", backend);
describeLeaderboardContract("a served cache through node-redis, RESP2", backend);
