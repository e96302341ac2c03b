import { once } from "node:events";
import { createServer } from "node:net";
import { MemoryCache } from "laurel";
import { serve, type ServeOptions } from "laurel/server";
import { describe, expect, expectTypeOf, it } from "vitest";
import { RawClient } from "./raw-client.ts";

/** A cache whose clock can break, so that a command fails through no client's fault. */
function breakableCache() {
  const clock = {
    isBroken: false,
    now() {
      if (this.isBroken) throw new Error("the clock stands still");
      return 0;
    },
  };
  return { cache: new MemoryCache({ clock, sweepInterval: Infinity }), clock };
}

async function failsOnce(port: number, clock: { isBroken: boolean }): Promise<void> {
  await using client = new RawClient(port);
  expect(await client.line("SET a 1 PX 1000")).toBe("+OK");
  clock.isBroken = true;
  expect(await client.line("GET a")).toBe("-ERR internal error");
  clock.isBroken = false;
  expect(await client.line("PING")).toBe("+PONG");
}

describe("a fault in a command", () => {
  it("is told to onError, with the command", async () => {
    const { cache, clock } = breakableCache();
    const faults: unknown[] = [];
    const onError = (error: unknown, command: string): void => {
      faults.push([command, String(error)]);
    };
    await using server = await serve({ port: 0, cache, onError });
    await failsOnce(server.port, clock);
    expect(faults).toEqual([["get", "Error: the clock stands still"]]);
  });

  it("is a warning of the process where nobody listens", async () => {
    const { cache, clock } = breakableCache();
    await using server = await serve({ port: 0, cache });
    const warned = once(process, "warning");
    await failsOnce(server.port, clock);
    const [warning] = (await warned) as [Error];
    expect(warning.message).toContain("get failed: Error: the clock stands still");
  });
});

describe("closed", () => {
  it("resolves when the program closes the server", async () => {
    const server = await serve({ port: 0 });
    expect(server.closed).toBeInstanceOf(Promise);
    await Promise.all([server.closed, server.close()]);
  });

  it("resolves when a client shuts it down", async () => {
    const server = await serve({ port: 0 });
    await using client = new RawClient(server.port);
    client.sendLines("SHUTDOWN NOSAVE");
    await server.closed;
    expect(server.connections).toBe(0);
    expect(await client.rest()).toBe("");
  });
});

describe("the options", () => {
  it.each([5, "7379", null])("are refused where they are none: %j", async (options) => {
    await expect(serve(options as unknown as ServeOptions)).rejects.toMatchObject({
      code: "INVALID_CONFIG",
    });
  });

  it("are refused where onError is no function", async () => {
    await expect(serve(Object({ port: 0, onError: "log" }) as ServeOptions)).rejects.toThrow(
      "onError",
    );
  });

  it("are all known to TypeScript by their names, and no others", () => {
    expectTypeOf<string>().not.toExtend<keyof ServeOptions>();
    expectTypeOf<"prot">().not.toExtend<keyof ServeOptions>();
    expectTypeOf<ServeOptions["slowlogLogSlowerThan"]>().toEqualTypeOf<
      number | string | undefined
    >();
    expectTypeOf<ServeOptions["loglevel"]>().toEqualTypeOf<
      "debug" | "verbose" | "notice" | "warning" | undefined
    >();
    expectTypeOf<ServeOptions["latencyTracking"]>().toEqualTypeOf<
      boolean | "yes" | "no" | undefined
    >();
  });
});

describe("a port that somebody else has", () => {
  it("is refused with the advice to choose another", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    await expect(serve({ port, bind: "127.0.0.1" })).rejects.toMatchObject({
      code: "INVALID_CONFIG",
      message:
        "Cannot listen: somebody else listens there already, choose another port: " +
        `received 127.0.0.1:${port}`,
    });
    other.close();
  });
});
