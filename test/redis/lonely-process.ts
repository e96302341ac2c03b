import { once } from "node:events";
import { RedisLeaderboardCache } from "../../src/redis/index.ts";
import { outcomeOf } from "./call-table.ts";
import { ioredis, nodeRedis } from "./clients.ts";

/**
 * A process with nothing but a cache: it uses it, waits for a byte on its input, uses it again, closes it,
 * and has nothing left to live for. It prints how its calls ended.
 */
const [libraryName, port] = process.argv.slice(2);
const library = libraryName === "ioredis" ? ioredis : nodeRedis(3);
const cache = new RedisLeaderboardCache(library.single(Number(port)), {
  prefix: "p:",
  timeout: 300,
});
const set = await outcomeOf(() => cache.set("k", "v"));
const incr = await outcomeOf(() => cache.incr("n"));
process.stdout.write(`${set} ${incr}\n`);
await once(process.stdin, "data");
process.stdin.destroy();
const get = await outcomeOf(() => cache.get("k"));
const closed = await outcomeOf(() => cache.close());
process.stdout.write(`${get} ${closed}\n`);
