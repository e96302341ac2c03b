import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freeClusterPort, freePort } from "./free-port.ts";
import { fieldsOf, oneCommand, textOf } from "./one-command.ts";

/** Whose server it is. */
export type ServerKind = "redis" | "valkey";

/** How a server is started. */
export interface ServerOptions {
  /** Its port. Default: a free one. */
  readonly port?: number;
  /** Command-line options as in `["--maxmemory", "4mb"]`; later ones replace earlier ones. */
  readonly options?: readonly string[];
  /** Whether it is a node of a cluster, whose bus needs a second port, 10,000 above. */
  readonly isClustered?: boolean;
  /** Makes it a sentinel with this configuration, which it rewrites itself. */
  readonly sentinelConfiguration?: string;
}

/** Whether a program is installed here. */
export function isInstalled(program: string): boolean {
  return spawnSync(program, ["--version"]).status === 0;
}

/**
 * Whether the tests that need a server of this kind run. Where it is not installed they are skipped,
 * and a line says how to get it; with LAUREL_REQUIRE_SERVERS=1 they run all the same, and fail.
 */
export function hasServer(kind: ServerKind): boolean {
  const program = programOf(kind);
  if (process.env["LAUREL_REQUIRE_SERVERS"] === "1" || isInstalled(program)) return true;
  console.warn(`Skipped: ${program} is not installed (Debian: .ci/install-servers gets it).`);
  return false;
}

/** Starts a server with an empty dataset that it keeps in memory only, unless options say otherwise. */
export async function startServer(
  kind: ServerKind,
  options: ServerOptions = {},
): Promise<ServerProcess> {
  const directory = await mkdtemp(join(tmpdir(), `laurel-${kind}-`));
  const { sentinelConfiguration } = options;
  if (sentinelConfiguration !== undefined) {
    await writeFile(join(directory, SENTINEL_FILE), sentinelConfiguration);
  }
  const findPort = options.isClustered === true ? freeClusterPort : freePort;
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await findPort());
    try {
      const program = programOf(kind);
      const argv = argumentsOf(port, directory, options);
      return new ServerProcess(kind, port, directory, argv, await launch(program, argv));
    } catch (error) {
      // Somebody else may have taken the port meanwhile.
      const isLost = options.port === undefined && String(error).includes("already in use");
      if (!isLost || attempt === START_ATTEMPTS) {
        await rm(directory, { recursive: true, force: true });
        throw error;
      }
    }
  }
}

/** A real server in a process of its own, which never outlives the one of the test. */
export class ServerProcess implements AsyncDisposable {
  readonly kind: ServerKind;
  readonly port: number;
  /** Where it keeps its files; a restart finds them there. */
  readonly directory: string;
  readonly #argv: readonly string[];
  #launched: Launched;
  #isStopped = false;

  /** Starting it is for `startServer`. */
  constructor(
    kind: ServerKind,
    port: number,
    directory: string,
    argv: readonly string[],
    launched: Launched,
  ) {
    this.kind = kind;
    this.port = port;
    this.directory = directory;
    this.#argv = argv;
    this.#launched = launched;
  }

  get pid(): number {
    return this.#launched.child.pid as number;
  }

  get isAlive(): boolean {
    const { exitCode, signalCode } = this.#launched.child;
    return exitCode === null && signalCode === null;
  }

  /** Whether it is alive and not halted. */
  get isRunning(): boolean {
    return this.isAlive && !this.#isStopped;
  }

  /** Resolves when the process of now has ended. */
  get exited(): Promise<void> {
    return this.#launched.exited;
  }

  /** Sends it a signal of which it dies, and waits until it has. */
  async kill(signal: "SIGKILL" | "SIGTERM" = "SIGKILL"): Promise<void> {
    this.#launched.child.kill(signal);
    await this.exited;
  }

  /** Halts it: its connections stay open, new ones are accepted by the system, no reply comes. */
  stop(): void {
    this.#isStopped = true;
    this.#launched.child.kill("SIGSTOP");
  }

  /** Lets it go on after `stop`. */
  resume(): void {
    this.#isStopped = false;
    this.#launched.child.kill("SIGCONT");
  }

  /** Starts it anew on the same port and directory; kills it before when it is alive. */
  async restart(): Promise<void> {
    await this.kill();
    this.#isStopped = false;
    this.#launched = await launch(programOf(this.kind), this.#argv);
  }

  /**
   * The reply to a command of one value, as text. It throws for an error reply, and when none comes
   * within a second.
   */
  async ask(...argv: readonly string[]): Promise<string> {
    return textOf(await oneCommand(this.port, ...argv));
  }

  /** The fields of a section of INFO. */
  async info(section: string): Promise<ReadonlyMap<string, string>> {
    return fieldsOf(await this.ask("INFO", section));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.directory, { recursive: true, force: true });
  }
}

interface Launched {
  readonly child: ChildProcess;
  readonly exited: Promise<void>;
}

const SENTINEL_FILE = "sentinel.conf";
const START_ATTEMPTS = 5;
const START_MS_MAX = 20_000;
const LOG_CHARS_MAX = 4000;
/** What a server and a sentinel write when they are ready to serve. */
const READY = /Ready to accept connections|Sentinel ID is/;
/** Has the system kill what it starts when the parent dies, be it by SIGKILL. Linux only. */
const DIE_WITH_PARENT = { program: "setpriv", options: ["--pdeathsig", "KILL", "--"] };
const canDieWithParent =
  spawnSync(DIE_WITH_PARENT.program, [...DIE_WITH_PARENT.options, "true"]).status === 0;

/** For other systems, where at least a test process that ends by itself leaves nobody behind. */
const alive = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of alive) child.kill("SIGKILL");
});

function programOf(kind: ServerKind): string {
  return `${kind}-server`;
}

function argumentsOf(port: number, directory: string, options: ServerOptions): string[] {
  const { sentinelConfiguration, isClustered = false } = options;
  const argv = ["--port", String(port), "--bind", "127.0.0.1", "--dir", directory];
  if (sentinelConfiguration === undefined) argv.push("--save", "", "--appendonly", "no");
  else argv.unshift(join(directory, SENTINEL_FILE), "--sentinel");
  if (isClustered) argv.push("--cluster-enabled", "yes");
  return [...argv, ...(options.options ?? [])];
}

async function launch(program: string, argv: readonly string[]): Promise<Launched> {
  const [file, rest] = canDieWithParent
    ? [DIE_WITH_PARENT.program, [...DIE_WITH_PARENT.options, program, ...argv]]
    : [program, argv];
  const child = spawn(file, rest, { stdio: ["ignore", "pipe", "pipe"] });
  alive.add(child);
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  }).finally(() => alive.delete(child));
  try {
    await untilReady(child, program);
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  return { child, exited };
}

/** Reads the log of a server until it is ready, and goes on reading, lest the pipe becomes full. */
async function untilReady(child: ChildProcess, program: string): Promise<void> {
  let log = "";
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const fail = (reason: string) => reject(new Error(`${program}: ${reason}\n${log}`));
      const read = (chunk: Buffer) => {
        log = (log + chunk.toString()).slice(-LOG_CHARS_MAX);
        if (READY.test(log)) resolve();
      };
      child.stdout?.on("data", read);
      child.stderr?.on("data", read);
      child.once("error", (error) => fail(error.message));
      // Its last words may still be on their way when it has ended: they are all there on close.
      child.once("close", (code) => fail(`ended with code ${code}`));
      timer = setTimeout(() => fail(`not ready within ${START_MS_MAX} ms`), START_MS_MAX);
    });
  } finally {
    clearTimeout(timer);
  }
}
