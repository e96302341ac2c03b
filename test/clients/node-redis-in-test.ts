import { createClient, type RedisClientOptions, type RespVersions } from "redis";
import { onTestFinished } from "vitest";

/** A connected client for one test, destroyed when the test has ended. */
export async function nodeRedisInTest<RESP extends RespVersions>(
  port: number,
  RESP: RESP,
  options: Omit<RedisClientOptions, "RESP" | "socket" | "modules" | "functions" | "scripts"> = {},
) {
  const socket = { host: "127.0.0.1", port, reconnectStrategy: () => 1 };
  const client = createClient({ ...options, RESP, socket });
  // What fails is told by the calls.
  client.on("error", () => undefined);
  onTestFinished(() => {
    if (client.isOpen) client.destroy();
  });
  await client.connect();
  return client;
}
