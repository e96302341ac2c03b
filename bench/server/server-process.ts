import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { fileURLToPath } from "node:url";

/** A server that speaks the Redis protocol, by its name in tables. */
export interface ServerKind {
  readonly name: string;
  /** Program and arguments that serve on a port. */
  readonly command: (port: string) => readonly [string, ...string[]];
}

const LAUREL_MAIN = pathOf("../../dist/cli/main.js");

/** Laurel's server, from the build. */
export const LAUREL: ServerKind = {
  name: "laurel serve",
  command: (port) => [process.execPath, LAUREL_MAIN, "serve", "--port", port, "--save", ""],
};

/** Node.js' sockets and a Map: the yardstick. */
export const BARE: ServerKind = {
  name: "bare server",
  command: (port) => [process.execPath, pathOf("bare-server.mjs"), port],
};

/** Redis itself. */
export const REDIS: ServerKind = {
  name: "redis-server",
  command: (port) => ["redis-server", "--port", port, "--save", "", "--daemonize", "no"],
};

/** Its fork. */
export const VALKEY: ServerKind = {
  name: "valkey-server",
  command: (port) => ["valkey-server", "--port", port, "--save", "", "--daemonize", "no"],
};

const HOST = "127.0.0.1";
const START_MS_MAX = 10_000;
const RETRY_MS = 20;
const STOP_MS_MAX = 10_000;

/** A server in a process of its own, that answers; ended when it is disposed of. */
export class ServerProcess implements AsyncDisposable {
  readonly kind: ServerKind;
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(kind: ServerKind, port: number, child: ChildProcess) {
    this.kind = kind;
    this.port = port;
    this.#child = child;
  }

  /** @param msMax how long it may take until it answers; while it loads its data, it does not */
  static async start(kind: ServerKind, msMax = START_MS_MAX): Promise<ServerProcess> {
    const port = await freePort();
    const [program, ...args] = kind.command(String(port));
    const child = spawn(program, args, { stdio: ["ignore", "ignore", "inherit"] });
    const server = new ServerProcess(kind, port, child);
    try {
      await server.#answers(msMax);
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** A connection to it. */
  async connect(): Promise<Socket> {
    const socket = connect({ port: this.port, host: HOST, noDelay: true });
    await once(socket, "connect");
    return socket;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill();
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS_MAX);
    await ended;
    clearTimeout(timer);
  }

  async #answers(msMax: number): Promise<void> {
    const ends = new Promise<never>((_, reject) => {
      this.#child.once("error", reject);
      this.#child.once("exit", (code) => reject(this.#notStarted(`exit code ${code}`)));
    });
    // Heard when it ends later, too: it is no longer waited for then.
    ends.catch(() => {});
    const deadline = performance.now() + msMax;
    while (performance.now() < deadline) {
      if (await Promise.race([this.#pings(), ends])) return;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
    throw this.#notStarted(`no answer within ${msMax} ms`);
  }

  async #pings(): Promise<boolean> {
    try {
      const socket = await this.connect();
      socket.write("*1\r\n$4\r\nPING\r\n");
      const [reply] = (await once(socket, "data")) as [Buffer];
      socket.destroy();
      return reply.toString() === "+PONG\r\n";
    } catch {
      return false;
    }
  }

  #notStarted(received: string): Error {
    return new Error(`Cannot start ${this.kind.name}: it must answer: received ${received}`);
  }
}

function pathOf(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
