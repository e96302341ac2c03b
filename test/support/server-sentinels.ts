import { fieldsOf, oneCommand, pairsOf } from "./one-command.ts";
import { type ServerKind, type ServerProcess, startServer } from "./server-process.ts";
import { until } from "./until.ts";

/** How a watched master is started. */
export interface SentinelOptions {
  /** How many replicas it has. Default 1. */
  readonly replicas?: number;
  /** After how long without an answer a sentinel holds the master for dead, milliseconds. Default 1000. */
  readonly downAfterMs?: number;
  /** More command-line options for the master and its replicas. */
  readonly options?: readonly string[];
}

const NAME = "mymaster";
const SENTINELS = 3;
const QUORUM = 2;
/** A failed election is tried again after twice as long. */
const FAILOVER_TIMEOUT_MS = 3000;

/** Starts a master with replicas of one kind, and three sentinels of that kind which watch it. */
export async function startSentinels(
  kind: ServerKind,
  options: SentinelOptions = {},
): Promise<ServerSentinels> {
  const { replicas = 1, downAfterMs = 1000 } = options;
  const quick = ["--repl-diskless-sync-delay", "0", ...(options.options ?? [])];
  const servers: ServerProcess[] = [];
  const sentinels: ServerProcess[] = [];
  const all = new ServerSentinels(kind, servers, sentinels);
  try {
    const master = await startServer(kind, { options: quick });
    servers.push(master);
    for (let count = 0; count < replicas; count++) {
      const following = ["--replicaof", "127.0.0.1", String(master.port)];
      servers.push(await startServer(kind, { options: [...quick, ...following] }));
    }
    // A sentinel asks for the replicas when it begins, and then every ten seconds only.
    for (const replica of servers.slice(1)) {
      await until("a replica follows", async () => (await roleOf(replica)) === "replica");
    }
    const sentinelConfiguration = configurationOf(master.port, downAfterMs);
    for (let count = 0; count < SENTINELS; count++) {
      sentinels.push(await startServer(kind, { sentinelConfiguration }));
    }
    await all.settled();
  } catch (error) {
    await all[Symbol.asyncDispose]();
    throw error;
  }
  return all;
}

/** A master with its replicas, and three sentinels: two of them suffice to replace it. */
export class ServerSentinels implements AsyncDisposable {
  readonly kind: ServerKind;
  /** The name under which the sentinels know the master. */
  readonly name = NAME;
  /** The master of the beginning, then its replicas. */
  readonly servers: readonly ServerProcess[];
  readonly sentinelProcesses: readonly ServerProcess[];

  /** Starting it is for `startSentinels`. */
  constructor(
    kind: ServerKind,
    servers: readonly ServerProcess[],
    sentinelProcesses: readonly ServerProcess[],
  ) {
    this.kind = kind;
    this.servers = servers;
    this.sentinelProcesses = sentinelProcesses;
  }

  /** The ports of the sentinels. */
  get sentinels(): readonly number[] {
    return this.sentinelProcesses.map(({ port }) => port);
  }

  /** The master of now, as the first sentinel says that runs. */
  async master(): Promise<ServerProcess> {
    return until("a sentinel answers", async () => {
      const sentinel = this.sentinelProcesses.find(({ isRunning }) => isRunning);
      const port = sentinel && (await viewOf(sentinel)).get("port");
      return this.servers.find((server) => String(server.port) === port);
    });
  }

  /**
   * Waits until all sentinels that run know each other and agree on a master that runs, and every
   * replica that runs follows it. After the death of a master that is when it has been replaced.
   */
  async settled(withinMs = 20_000): Promise<void> {
    await until("the sentinels agree", async () => this.#isSettled(), withinMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const all = [...this.sentinelProcesses, ...this.servers];
    await Promise.all(all.map((server) => server[Symbol.asyncDispose]()));
  }

  async #isSettled(): Promise<boolean> {
    const watching = this.sentinelProcesses.filter(({ isRunning }) => isRunning);
    const views = await Promise.all(watching.map((sentinel) => viewOf(sentinel)));
    const port = views[0]?.get("port");
    const isAgreed = views.every(
      (view) =>
        view.get("port") === port &&
        view.get("flags") === "master" &&
        view.get("num-other-sentinels") === String(SENTINELS - 1) &&
        view.get("num-slaves") === String(this.servers.length - 1),
    );
    if (!isAgreed) return false;
    const running = this.servers.filter(({ isRunning }) => isRunning);
    const roles = await Promise.all(
      running.map(async (server) => ({ server, role: await roleOf(server) })),
    );
    return (
      roles.some(({ server, role }) => String(server.port) === port && role === "master") &&
      roles.every(({ server, role }) => String(server.port) === port || role === "replica")
    );
  }
}

function configurationOf(masterPort: number, downAfterMs: number): string {
  return [
    `sentinel monitor ${NAME} 127.0.0.1 ${masterPort} ${QUORUM}`,
    `sentinel down-after-milliseconds ${NAME} ${downAfterMs}`,
    `sentinel failover-timeout ${NAME} ${FAILOVER_TIMEOUT_MS}`,
    `sentinel parallel-syncs ${NAME} 2`,
    "",
  ].join("\n");
}

/** What a sentinel knows of the master. */
async function viewOf(sentinel: ServerProcess): Promise<ReadonlyMap<string, string>> {
  return pairsOf(await oneCommand(sentinel.port, "SENTINEL", "MASTER", NAME));
}

/** A replica counts as one when its link to the master is up. */
async function roleOf(server: ServerProcess): Promise<"master" | "replica" | "neither"> {
  const replication = fieldsOf(await server.ask("INFO", "replication"));
  if (replication.get("role") === "master") return "master";
  return replication.get("master_link_status") === "up" ? "replica" : "neither";
}
