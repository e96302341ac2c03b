import { CommandTable } from "../commands/command-table.ts";
import { COMMANDS } from "../commands/table.ts";
import { keyspaceOf, MemoryCache, onClose } from "../cache/memory-cache.ts";
import { MemoryLeaderboardCache } from "../cache/memory-leaderboard-cache.ts";
import { systemRandom, systemTimers } from "../cache/platform.ts";
import { Sweeper } from "../cache/sweeper.ts";
import { CacheError, show } from "../errors.ts";
import { Databases } from "../engine/databases.ts";
import type { Keyspace } from "../engine/keyspace.ts";
import { NameCache } from "../protocol/name-cache.ts";
import { ReplyWriter } from "../protocol/reply-writer.ts";
import { seededRandom } from "../structures/random.ts";
import { Acceptor } from "./acceptor.ts";
import { Administration } from "./administration.ts";
import { BlockedClients } from "./blocked-clients.ts";
import { CallRecorder } from "./call-recorder.ts";
import { ClientSweep } from "./client-sweep.ts";
import { Clients } from "./clients.ts";
import { followLimits, followSettings, startWithLimits } from "./config-followers.ts";
import type { ServerConfig } from "./config/server-config.ts";
import { Executor } from "./executor.ts";
import { LatencyMonitor } from "./latency-monitor.ts";
import { NO_LIMITS } from "./limits.ts";
import { Listeners } from "./listeners.ts";
import { Outbox } from "./outbox.ts";
import { Passwords } from "./passwords.ts";
import { Pause } from "./pause.ts";
import type { ServerState } from "./server-state.ts";
import { ServerStats } from "./server-stats.ts";
import { Slowlog } from "./slowlog.ts";
import { TurnClock } from "./turn-clock.ts";

/** How often, at most, expired keys of a server's own cache are collected. */
const SWEEP_INTERVAL_MS = 100;
/** How long `close` waits for clients to take their last replies. */
const CLOSE_MS_MAX = 1000;
/** What clients are told that wait for a reply when the cache is closed. */
const CACHE_CLOSED = "ERR the cache was closed";

function nowMs(): number {
  return Date.now();
}

/** What a server is made of, beside its configuration. */
export interface ServerParts {
  /** Database 0, which the process goes on using; one of the server's own where there is none. */
  readonly cache?: MemoryCache | undefined;
  /** Where the configuration was read; empty: no file. */
  readonly configFile?: string;
  /** Takes what went wrong in a command through no client's fault. */
  readonly onFault?: (command: string, error: unknown) => void;
  /** Is told when a client ended the server (SHUTDOWN). */
  readonly onShutdown?: () => void;
}

/**
 * A server of the Redis protocol over the keys of a cache in this process: whoever uses the cache
 * and whoever is connected see the same data at once.
 */
export class Server implements AsyncDisposable {
  /** Resolves when the server has ended: by `close`, by SHUTDOWN, or since its cache was closed. */
  readonly closed: Promise<void>;
  readonly #config: ServerConfig;
  readonly #clock = new TurnClock();
  readonly #ownCache: MemoryCache | undefined;
  readonly #state: ServerState;
  readonly #listeners: Listeners;
  readonly #sweep: ClientSweep;
  readonly #sweepers: Sweeper[] = [];
  #tellClosed: () => void = () => {};
  readonly #forgetCache: () => void;
  #closing: Promise<void> | undefined;

  /** @throws {CacheError} `INVALID_CONFIG` for a cache that is none, or is closed */
  constructor(config: ServerConfig, parts: ServerParts = {}) {
    this.#config = config;
    const cache =
      parts.cache === undefined
        ? new MemoryLeaderboardCache({ sweepInterval: SWEEP_INTERVAL_MS, clock: this.#clock })
        : parts.cache;
    this.#ownCache = parts.cache === undefined ? cache : undefined;
    this.#forgetCache = followCache(cache, () => this.#cacheClosed());
    this.closed = new Promise((resolve) => {
      this.#tellClosed = resolve;
    });
    const first = keyspaceOf(cache);
    first.takeNotes();
    const databases = new Databases(first, config.get("databases"), (made) => this.#sweepOf(made));
    const table = new CommandTable(COMMANDS);
    const stats = new ServerStats(table);
    this.#state = this.#newState(databases, table, stats, parts);
    if (parts.cache !== undefined) startWithLimits(config, first.config);
    followLimits(config, this.#state);
    this.#state.executor.keyBytesMax = cache.maxKeyBytes;
    const acceptor = new Acceptor(config, this.#state, stats);
    this.#listeners = new Listeners(config, (socket, path) => acceptor.accept(socket, path));
    this.#sweep = new ClientSweep(this.#state);
  }

  /** The TCP port; 0: there is none. */
  get port(): number {
    return this.#listeners.port;
  }

  /** The TCP port with TLS; 0: there is none. */
  get tlsPort(): number {
    return this.#listeners.tlsPort;
  }

  /** The absolute path of the Unix socket; "": there is none. */
  get unixsocket(): string {
    return this.#listeners.path;
  }

  /** The first address that it listens on; "": there is none, but a Unix socket. */
  get host(): string {
    return this.#listeners.host;
  }

  /**
   * The first place that it listens at, as clients take it: `redis://127.0.0.1:7379`, without a
   * plain port `rediss://...`, with nothing but a Unix socket `unix:///run/laurel.sock`.
   */
  get url(): string {
    const host = this.host.includes(":") ? `[${this.host}]` : this.host;
    if (this.port !== 0) return `redis://${host}:${this.port}`;
    return this.tlsPort === 0 ? `unix://${this.unixsocket}` : `rediss://${host}:${this.tlsPort}`;
  }

  /** How many clients are connected. */
  get connections(): number {
    return this.#state.clients.size;
  }

  /** @throws {CacheError} `INVALID_CONFIG` where it cannot listen */
  async listen(): Promise<void> {
    await this.#listeners.open();
    if (this.#closing === undefined) return;
    await this.#listeners.close();
    throw notServable("one that was closed meanwhile");
  }

  /** Takes no more clients, lets those that are there have their replies, and ends. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    const { clients, pause } = this.#state;
    this.#forgetCache();
    this.#sweep.stop();
    pause.end();
    const closed = this.#listeners.close();
    for (const session of clients.all()) session.closeAfterReply();
    const destroyAll = (): void => {
      for (const { connection } of clients.all()) connection.destroy();
    };
    const timer = setTimeout(destroyAll, CLOSE_MS_MAX);
    await closed;
    clearTimeout(timer);
    // Of the last ones the sockets are closed, and have not told so yet.
    destroyAll();
    for (const sweeper of this.#sweepers) sweeper.stop();
    // Nobody reaches the others any more, and a cache that lives on would count their keys.
    for (const [index, keyspace] of this.#state.databases.entries()) {
      if (index > 0) keyspace.clear();
    }
    await this.#ownCache?.close();
    this.#tellClosed();
  }

  /** There is nothing left to serve. */
  #cacheClosed(): void {
    for (const session of this.#state.clients.all()) session.endWith(CACHE_CLOSED);
    void this.close();
  }

  #newState(
    databases: Databases,
    commands: CommandTable,
    stats: ServerStats,
    parts: ServerParts,
  ): ServerState {
    const config = this.#config;
    const [slowlog, latency] = [new Slowlog(nowMs), new LatencyMonitor(nowMs)];
    const recorder = new CallRecorder(stats, slowlog, latency, parts.onFault ?? (() => {}));
    recorder.follow(config);
    const pause = new Pause();
    const blocked = new BlockedClients(() => executor.isRunning);
    const clients = new Clients(blocked, pause);
    const executor = new Executor(commands, blocked, pause, recorder, this.#clock);
    const traffic = { bytesIn: 0, bytesOut: 0, unreadBytes: 0 };
    const port = new Administration({
      config,
      commands,
      databases,
      stats,
      slowlog,
      latency,
      clients,
      traffic,
      configFile: parts.configFile ?? "",
      nowMs,
      tcpPort: () => this.port,
      shutdown: () => this.#shutDown(parts.onShutdown),
    });
    return {
      databases,
      settings: followSettings(config),
      random: seededRandom(Math.floor(systemRandom() * 2 ** 32)),
      port,
      clients,
      blocked,
      passwords: new Passwords(),
      pause,
      limits: { ...NO_LIMITS },
      executor,
      names: new NameCache(),
      outbox: new Outbox(new ReplyWriter()),
      replyAside: new ReplyWriter(),
      traffic,
      runTransaction: (session, queue) => executor.runTransaction(session, queue),
      nowMs,
    };
  }

  #shutDown(onShutdown: (() => void) | undefined): void {
    // The command that asked for it is still under way.
    setImmediate(() => {
      onShutdown?.();
      void this.close();
    });
  }

  /** Collects the expired keys of a database that the cache does not know. */
  #sweepOf(keyspace: Keyspace): void {
    const sweeper = new Sweeper(keyspace, systemTimers, SWEEP_INTERVAL_MS);
    keyspace.onEarliestDeadline = (deadline) => sweeper.expect(deadline);
    this.#sweepers.push(sweeper);
  }
}

/** Calls back when a cache is closed. @returns what ends that */
function followCache(cache: unknown, closed: () => void): () => void {
  // What a caller without types hands in may be anything.
  const forget = cache instanceof MemoryCache ? onClose(cache, closed) : undefined;
  if (forget !== undefined) return forget;
  throw notServable(cache instanceof MemoryCache ? "one that is closed" : show(cache));
}

function notServable(received: string): CacheError {
  return new CacheError(
    "INVALID_CONFIG",
    `Cannot serve: cache must be an open MemoryCache or MemoryLeaderboardCache: received ${received}`,
  );
}
