import { serve } from "laurel/server";
import { expect, it } from "vitest";
import { RawClient, request } from "./raw-client.ts";

it("lets the time pass within one read when a command takes a while", async () => {
  await using server = await serve({ port: 0 });
  await using client = new RawClient(server.port);
  client.send(
    request("SET", "key", "value", "PX", "100000") +
      request("DEBUG", "SLEEP", "0.03") +
      request("PTTL", "key"),
  );
  expect(await client.take("+OK\r\n+OK\r\n".length)).toBe("+OK\r\n+OK\r\n");
  const [, leftMs] = /^:(\d+)/.exec(await client.take(":99970\r\n".length)) ?? [];
  expect(Number(leftMs)).toBeLessThanOrEqual(99_970);
});
