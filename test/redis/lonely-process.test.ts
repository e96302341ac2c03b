import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { hasServer, startServer } from "../support/server-process.ts";
import { until } from "../support/until.ts";
import { ioredis, nodeRedis } from "./clients.ts";

const SCRIPT = fileURLToPath(new URL("lonely-process.ts", import.meta.url));
/** What a process may take that waits for the end of calls and connections, milliseconds. */
const END_MS_MAX = 15_000;

/** Everything that a process has printed. */
class Output {
  text = "";

  constructor({ stdout, stderr }: ChildProcessWithoutNullStreams) {
    for (const stream of [stdout, stderr]) {
      stream.on("data", (chunk: Buffer) => void (this.text += chunk.toString()));
    }
  }
}

describe.runIf(hasServer("redis")).each([ioredis.name, nodeRedis(3).name])(
  "a process with a cache through %s",
  (library) => {
    async function start(port: number) {
      const child = spawn(process.execPath, ["--import", "tsx", SCRIPT, library, String(port)]);
      onTestFinished(() => void child.kill("SIGKILL"));
      return { child, output: new Output(child), exit: once(child, "exit") };
    }

    async function expectEnd(trouble: "kill" | "stop" | "none", last: RegExp): Promise<void> {
      const server = await startServer("redis");
      onTestFinished(() => server[Symbol.asyncDispose]());
      const { child, output, exit } = await start(server.port);
      await until("it has used the server", async () => output.text.includes("\n"));
      expect(output.text).toBe("answered answered\n");
      if (trouble !== "none") await server[trouble]();
      const toldAt = performance.now();
      child.stdin.write("\n");
      expect(await exit).toEqual([0, null]);
      expect(performance.now() - toldAt).toBeLessThan(END_MS_MAX);
      expect(output.text.split("\n")[1]).toMatch(last);
      expect(output.text.split("\n")).toHaveLength(3);
    }

    test("ends by itself after close", () => expectEnd("none", /^answered answered$/));

    test("ends by itself after close while the server is gone", () =>
      expectEnd("kill", /^CONNECTION_FAILED answered$/));

    test("ends by itself after close while the server is halted", () =>
      expectEnd("stop", /^TIMEOUT answered$/));
  },
);
