import { serve } from "laurel/server";
import { describe, expect, test } from "vitest";
import { COMMANDS } from "../../src/commands/table.ts";
import { hasRedisServer, startRedisServer } from "../support/redis-server.ts";
import { compare, describeDifference, type Tally } from "./compare.ts";
import { LEFT_OUT } from "./syntaxes.ts";

const CALLS = 100_000;
const CALLS_EACH_MIN = 500;

describe.runIf(hasRedisServer())("the server", () => {
  test(`replies to ${CALLS} random commands as redis-server does`, async () => {
    await using redis = await startRedisServer("--hz", "500", "--enable-debug-command", "yes");
    await using server = await serve({ port: 0, dir: redis.directory, dbfilename: "laurel.rdb" });
    const tally: Tally = { commands: 0, succeeded: 0, calls: new Map() };

    const difference = await compare(
      { ours: server.port, theirs: redis.port },
      Number(process.env["LAUREL_SEED"] ?? 1),
      CALLS,
      tally,
    );

    expect(difference === undefined ? "" : describeDifference(difference)).toBe("");
    expect(tally.succeeded / tally.commands).toBeGreaterThan(0.5);
    for (const { name } of COMMANDS) {
      const calls = tally.calls.get(name) ?? 0;
      const isEnough = name in LEFT_OUT ? calls === 0 : calls >= CALLS_EACH_MIN;
      expect.soft(isEnough, `${name}: ${calls} calls`).toBe(true);
    }
  }, 120_000);
});
