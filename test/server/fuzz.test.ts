import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, it, onTestFinished } from "vitest";
import { serve } from "laurel/server";
import { COMMANDS } from "../../src/commands/table.ts";
import { RawClient, request } from "./raw-client.ts";

/** All but the one that ends the server, and the ones that may be told to hold everybody up. */
const NAMES = COMMANDS.map(({ name }) => name.toUpperCase()).filter(
  (name) => !["SHUTDOWN", "DEBUG", "CLIENT"].includes(name),
);
const RUNS = 2000;

/** A text of any bytes. */
const anyBytes = (maxLength: number): fc.Arbitrary<string> =>
  fc.string({
    unit: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)),
    maxLength,
  });
const word = fc.oneof(
  fc.constantFrom("a", "b", "1", "-1", "INF", "(", "LIMIT", "GET", "LIST", "3", "\0\r\n", ""),
  anyBytes(20),
);
const command = fc
  .tuple(fc.constantFrom(...NAMES), fc.array(word, { maxLength: 6 }))
  .map(([name, words]) => request(name, ...words));
const bytes = fc.oneof(
  { weight: 3, arbitrary: command },
  { weight: 1, arbitrary: anyBytes(2000) },
  { weight: 1, arbitrary: fc.constantFrom("*2\r\n", "$3\r\n", "\r\n", "*-1\r\n", "$-1\r\n") },
);

it("answers or refuses whatever bytes come, and goes on serving others", async () => {
  // Some of it is SAVE.
  const dir = await mkdtemp(join(tmpdir(), "laurel-fuzz-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  await using server = await serve({ port: 0, dir, enableDebugCommand: "no" });
  await using witness = new RawClient(server.port);
  await fc.assert(
    fc.asyncProperty(fc.array(bytes, { maxLength: 20 }), async (parts) => {
      const client = new RawClient(server.port);
      for (const part of parts) client.send(part);
      client.socket.end();
      await client.rest();
      expect(await witness.line("ECHO x").then(() => witness.take(3))).toBe("x\r\n");
    }),
    { numRuns: RUNS },
  );
});
