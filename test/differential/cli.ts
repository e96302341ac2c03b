/**
 * Compares a server with a real redis-server by random commands:
 *
 *   npm run differential                                100,000 commands from seed 1
 *   npm run differential -- --commands 1000000 --seed 7
 *   npm run differential -- --port 7379                 a server that runs already
 */
import { parseArgs } from "node:util";
import { serve } from "laurel/server";
import { startRedisServer } from "../support/redis-server.ts";
import { compare, describeDifference, type Tally } from "./compare.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    commands: { type: "string", default: "100000" },
    port: { type: "string" },
  },
});

await using redis = await startRedisServer("--hz", "500", "--enable-debug-command", "yes");
await using server =
  values.port === undefined
    ? await serve({ port: 0, dir: redis.directory, dbfilename: "laurel.rdb" })
    : undefined;
const pair = { ours: server?.port ?? Number(values.port), theirs: redis.port };
const tally: Tally = { commands: 0, succeeded: 0, calls: new Map() };
const startedAt = performance.now();
const difference = await compare(pair, Number(values.seed), Number(values.commands), tally);
const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
if (difference !== undefined) {
  console.log(describeDifference(difference));
  process.exitCode = 1;
}
const rarest = [...tally.calls].sort((a, b) => a[1] - b[1]).slice(0, 5);
const share = ((100 * tally.succeeded) / tally.commands).toFixed(1);
console.log(
  `${tally.commands} commands of ${tally.calls.size} names in ${seconds} s, ${share} % succeeded;`,
  `the rarest: ${rarest.map(([name, calls]) => `${name} ${calls}`).join(", ")}`,
);
