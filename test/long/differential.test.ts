import { serve } from "laurel/server";
import { expect, test } from "vitest";
import { COMMANDS } from "../../src/commands/table.ts";
import { compare, describeDifference, type Tally } from "../differential/compare.ts";
import { LEFT_OUT } from "../differential/syntaxes.ts";
import { startRedisServer } from "../support/redis-server.ts";

const CALLS = 1_000_000;
const CALLS_EACH_MIN = 1000;

test(`the server replies to ${CALLS} random commands as redis-server does`, async () => {
  await using redis = await startRedisServer("--hz", "500", "--enable-debug-command", "yes");
  await using server = await serve({ port: 0, dir: redis.directory, dbfilename: "laurel.rdb" });
  const tally: Tally = { commands: 0, succeeded: 0, calls: new Map() };
  const pair = { ours: server.port, theirs: redis.port };

  const difference = await compare(pair, Math.floor(Date.now() / 1000), CALLS, tally);

  expect(difference === undefined ? "" : describeDifference(difference)).toBe("");
  expect(tally.succeeded / tally.commands).toBeGreaterThan(0.5);
  for (const { name } of COMMANDS) {
    const calls = tally.calls.get(name) ?? 0;
    if (!(name in LEFT_OUT)) expect.soft([name, calls >= CALLS_EACH_MIN]).toEqual([name, true]);
  }
});
