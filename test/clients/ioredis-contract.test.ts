import { describeCacheContract } from "../contract/cache-contract.ts";
import { describeLeaderboardContract } from "../contract/leaderboard-contract.ts";
import { IoredisPort } from "./ioredis-port.ts";
import { servedBackend } from "./served-backend.ts";

const backend = servedBackend((port) => new IoredisPort({ port, host: "127.0.0.1" }));

describeCacheContract("a served cache through ioredis", backend);
describeLeaderboardContract("a served cache through ioredis", backend);
