import { RedisCache } from "laurel/redis";
import { describe, expect, test } from "vitest";
import { hasServer, startServer } from "../support/server-process.ts";
import { ioredis, nodeRedis } from "./clients.ts";

const LIBRARIES = [ioredis, nodeRedis(3)].map((library) => [library.name, library] as const);

describe.skipIf(!hasServer("redis"))("a script that the server has forgotten", () => {
  test.each(LIBRARIES)("does nothing behind a later fence, through %s", async (_, library) => {
    await using server = await startServer("redis");
    await using cache = new RedisCache(library.single(server.port));
    const fenced = cache.fenced();
    await fenced.bootId();
    expect(await fenced.incr("n")).toBe(1);
    expect(await fenced.incr("n")).toBe(2);
    await server.ask("SCRIPT", "FLUSH");
    const late = expect(fenced.incr("n")).rejects.toMatchObject({
      code: "CONNECTION_FAILED",
      cause: { code: "NOT_SENT" },
    });
    await fenced.bootId();
    await late;
    expect(await fenced.incr("n")).toBe(3);
  });
});
