import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { RedisLeaderboardCache } from "laurel/redis";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { CALLS, outcomes } from "./call-table.ts";
import { type ClientLibrary, ioredis, nodeRedis } from "./clients.ts";

const HOST = "127.0.0.1";
const LIBRARIES: readonly ClientLibrary[] = [ioredis, nodeRedis(3), nodeRedis(2)];
const TIMEOUT_MS = 300;
/** By how much a call may pass its time limit on a busy machine, milliseconds. */
const MARGIN_MS = 700;

const printed = [vi.spyOn(console, "log"), vi.spyOn(console, "warn"), vi.spyOn(console, "error")];
afterEach(() => {
  for (const spy of printed) expect(spy.mock.calls).toEqual([]);
});

/** What somebody else says who listens on the port. */
const TALKERS: Readonly<Record<string, (socket: Socket) => void>> = {
  "closes at once": (socket) => socket.destroy(),
  "says nothing": () => undefined,
  "sends noise": (socket) => {
    socket.on(
      "data",
      () => void socket.write(Buffer.from("\0\xffnoise\r\n\x80\r\n*-7\r\n", "latin1")),
    );
  },
  "sends a broken reply": (socket) => {
    socket.on("data", () => void socket.write("$5\r\nabcdefghij\r\n"));
  },
  "promises a huge reply": (socket) => {
    socket.on("data", () => void socket.write("*2147483647\r\n$536870911\r\nabc"));
  },
  "answers what nobody asked": (socket) => {
    socket.write("+OK\r\n".repeat(100));
  },
  "answers each time OK": (socket) => {
    socket.on("data", (chunk: Buffer) => {
      const commands = chunk.toString("latin1").match(/^\*/gm)?.length ?? 0;
      socket.write("+OK\r\n".repeat(commands));
    });
  },
  "greets as another server": (socket) => {
    socket.write("SSH-2.0-OpenSSH_9.2\r\n");
  },
};

/** Listens on a free port, until all that is to be closed is closed before it, and waits for no reply. */
async function listening(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
  });
  await once(server.listen(0, HOST), "listening");
  closings.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

const closings: (() => void)[] = [];

describe.each(LIBRARIES.map((library) => [library.name, library] as const))(
  "with a stranger on the port, a cache through %s",
  (_, library) => {
    /** Nobody knows what a stranger's words mean; but each call ends, in time, and no error is another one. */
    async function expectEnds(port: number): Promise<void> {
      const cache = new RedisLeaderboardCache(library.single(port), {
        prefix: "p:",
        timeout: TIMEOUT_MS,
      });
      onTestFinished(async () => {
        for (const close of closings.splice(0)) close();
        await cache.close();
      });
      for (let round = 0; round < 2; round++) {
        const ends = await outcomes(cache, CALLS, TIMEOUT_MS + MARGIN_MS);
        for (const end of Object.values(ends)) expect(end).toMatch(/^([A-Z_]+|answered)$/);
        expect(ends["getMany"]).not.toBe("answered");
        expect(ends["keys"]).not.toBe("answered");
      }
    }

    test.each(Object.entries(TALKERS))("that %s has errors, and no crash", async (_name, talk) => {
      await expectEnds(await listening(createServer(talk)));
    });

    test("that speaks HTTP has errors, and no crash", async () => {
      await expectEnds(
        await listening(createHttpServer((_request, response) => void response.end("hello"))),
      );
    });
  },
);
