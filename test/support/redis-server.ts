import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A real server that a test started, on a free port of the loopback. */
export interface StartedServer extends AsyncDisposable {
  readonly port: number;
}

/** Whether a program is installed here. */
export function isInstalled(program: string): boolean {
  return spawnSync(program, ["--version"]).status === 0;
}

/**
 * Whether the tests that need `redis-server` run. Where it is not installed they are skipped, and a
 * line says how to get it; with LAUREL_REQUIRE_SERVERS=1 they run all the same, and fail.
 */
export function hasRedisServer(): boolean {
  if (process.env["LAUREL_REQUIRE_SERVERS"] === "1" || isInstalled("redis-server")) return true;
  console.warn("Skipped: redis-server is not installed (Debian: apt-get install redis-server).");
  return false;
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** Starts `redis-server` with an empty dataset that it keeps in memory only. */
export async function startRedisServer(...options: readonly string[]): Promise<StartedServer> {
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), "laurel-redis-"));
  const memoryOnly = ["--save", "", "--appendonly", "no", "--dir", directory];
  const child = spawn("redis-server", ["--port", String(port), ...memoryOnly, ...options], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const failed = once(child, "error").then(([error]: Error[]) => {
    throw error ?? new Error("redis-server did not start");
  });
  await Promise.race([untilAnswers(port), failed]);
  return {
    port,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Waits until something accepts connections at a port. */
async function untilAnswers(port: number, withinMs = 10_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await accepts(port))) {
    if (Date.now() > deadline) throw new Error(`Nothing listens on port ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    return await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
    });
  } finally {
    socket.destroy();
  }
}
