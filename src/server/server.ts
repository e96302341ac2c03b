import type { MemoryCache } from "../cache/memory-cache.ts";
import { systemRandom } from "../cache/platform.ts";
import { CommandTable } from "../commands/command-table.ts";
import { ReplyError } from "../commands/reply-error.ts";
import type { SaveAtEnd } from "../commands/server-port.ts";
import { COMMANDS } from "../commands/table.ts";
import type { Databases } from "../engine/databases.ts";
import { CacheError, reasonOf } from "../errors.ts";
import { type FileSystem, systemFiles } from "../persistence/file-system.ts";
import type { LoadingState } from "../persistence/persistence-state.ts";
import type { Log } from "../persistence/persistence-tools.ts";
import { NameCache } from "../protocol/name-cache.ts";
import { ReplyWriter } from "../protocol/reply-writer.ts";
import { seededRandom } from "../structures/random.ts";
import { Administration } from "./administration.ts";
import { BlockedClients } from "./blocked-clients.ts";
import { ClientMemory } from "./client-memory.ts";
import { ClientSweep } from "./client-sweep.ts";
import { Clients } from "./clients.ts";
import { followLimits, followSettings, startWithLimits } from "./config-followers.ts";
import type { ServerConfig } from "./config/server-config.ts";
import { Executor } from "./executor.ts";
import { NO_LIMITS } from "./limits.ts";
import { Acceptor } from "./listening/acceptor.ts";
import { Listeners } from "./listening/listeners.ts";
import { Outbox } from "./outbox.ts";
import { Passwords } from "./passwords.ts";
import { Pause } from "./pause.ts";
import { notServable, ServedData } from "./served-data.ts";
import type { ServerState } from "./server-state.ts";
import { CallRecorder } from "./statistics/call-recorder.ts";
import { LatencyMonitor } from "./statistics/latency-monitor.ts";
import { ServerStats } from "./statistics/server-stats.ts";
import { Slowlog } from "./statistics/slowlog.ts";
import { TurnClock } from "./turn-clock.ts";

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
  /** Takes what whoever runs the server should know of the data on the disk. */
  readonly log?: Log;
  /** Where the server's own cache is kept; by default the files of this machine. */
  readonly fileSystem?: FileSystem;
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
  readonly #data: ServedData;
  readonly #state: ServerState;
  readonly #listeners: Listeners;
  readonly #sweep: ClientSweep;
  #tellClosed: () => void = () => {};
  readonly #forgetCache: () => void;
  readonly #log: Log;
  #saveAtEnd: SaveAtEnd = "as-set";
  #closing: Promise<void> | undefined;
  #isCacheClosed = false;

  /** @throws {CacheError} `INVALID_CONFIG` for anything but an open cache */
  constructor(config: ServerConfig, parts: ServerParts = {}) {
    this.#config = config;
    this.#log = parts.log ?? (() => {});
    this.#data = new ServedData(config, parts.cache, this.#clock, {
      fs: parts.fileSystem ?? systemFiles,
      log: this.#log,
      nowMs,
      isInTransaction: () => this.#state.executor.isInTransaction,
    });
    this.#forgetCache = this.#data.follow(() => this.#cacheClosed());
    this.closed = new Promise((resolve) => {
      this.#tellClosed = resolve;
    });
    const { cache, databases, persistence } = this.#data;
    const table = new CommandTable(COMMANDS);
    const stats = new ServerStats(table);
    this.#state = this.#newState(databases, table, stats, parts);
    this.#state.executor.keptData = persistence.kept;
    this.#state.outbox.keeper = persistence.kept;
    if (parts.cache !== undefined) startWithLimits(config, databases.first.config);
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

  /** How far the data on the disk is loaded; `undefined`: it is. */
  get loading(): LoadingState | undefined {
    return this.#data.persistence.loading;
  }

  /**
   * Listens, and loads what is on the disk; clients that come before it is loaded are told so. `serve`
   * has done it.
   * @throws {CacheError} `INVALID_CONFIG` where it cannot listen, `PERSISTENCE_FAILED` where what is
   * there cannot be loaded, `CLOSED` where it was ended meanwhile; the server is closed then
   * @internal
   */
  async listen(): Promise<void> {
    await this.#listeners.open();
    if (this.#closing === undefined) {
      try {
        await this.#data.persistence.load();
      } catch (error) {
        await this.close().catch(() => {});
        throw error;
      }
      if (this.#closing === undefined) return;
    }
    await this.#listeners.close();
    if (this.#isCacheClosed) throw notServable("one that was closed meanwhile");
    throw new CacheError("CLOSED", "Cannot serve: the server was ended before its data was loaded");
  }

  /**
   * Takes no more clients, lets those that are there have their replies, and ends. With save points a
   * snapshot is taken. Idempotent. The cache that was given to `serve` stays open.
   * @throws {CacheError} `PERSISTENCE_FAILED` where something could not be kept; it has ended then, too
   *
   * @example
   * ```ts
   * import { MemoryCache } from "laurel";
   * import { serve } from "laurel/server";
   *
   * await using cache = new MemoryCache();
   * const server = await serve({ port: 0, cache });
   * await server.close();
   * await server.closed;
   * await cache.set("greeting", "hello"); // goes on
   * ```
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /**
   * Ends as Redis does by a signal: where the journal cannot be written, or the snapshot fails that the
   * save points ask for, it serves on, unless it is forced.
   * @throws {Error} an error that says why, at once
   *
   * @example
   * ```ts
   * import { serve } from "laurel/server";
   *
   * const server = await serve({ port: 0 });
   * await server.shutDown();
   * console.log(server.connections); // 0
   * ```
   */
  shutDown(isForced = false): Promise<void> {
    this.#prepareEnd("as-set", isForced);
    return this.close();
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
    try {
      await this.#data.close(this.#saveAtEnd);
    } finally {
      this.#tellClosed();
    }
  }

  /** There is nothing left to serve. */
  #cacheClosed(): void {
    this.#isCacheClosed = true;
    for (const session of this.#state.clients.all()) session.endWith(CACHE_CLOSED);
    void this.close().catch(() => {});
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
    const clientMemory = new ClientMemory();
    const blocked = new BlockedClients(
      clientMemory,
      () => executor.isRunning,
      () => executor.keptData?.endUnit(),
    );
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
      persistence: this.#data.persistence,
      configFile: parts.configFile ?? "",
      nowMs,
      tcpPort: () => this.port,
      shutdown: (save, isForced) => {
        this.#prepareShutdown(save, isForced);
        this.#endSoon(parts.onShutdown);
      },
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
      clientMemory,
      executor,
      names: new NameCache(),
      outbox: new Outbox(new ReplyWriter()),
      replyAside: new ReplyWriter(),
      traffic,
      runTransaction: (session, queue) => executor.runTransaction(session, queue),
      nowMs,
    };
  }

  /** For SHUTDOWN: its reply says why it is refused, and so does the log. */
  #prepareShutdown(save: SaveAtEnd, isForced: boolean): void {
    try {
      this.#prepareEnd(save, isForced);
    } catch (error) {
      if (error instanceof ReplyError) throw error;
      const reason = reasonOf(error);
      this.#log("warning", `SHUTDOWN is refused, and the server goes on: ${reason}.`);
      throw new ReplyError(`ERR Errors trying to SHUTDOWN. ${reason}`);
    }
  }

  /** Saves what is to be saved; from then on nothing is carried out any more. */
  #prepareEnd(save: SaveAtEnd, isForced: boolean): void {
    this.#saveAtEnd = this.#data.persistence.saveBeforeEnd(save, isForced);
    for (const session of this.#state.clients.all()) session.closeAfterReply();
  }

  #endSoon(onShutdown: (() => void) | undefined): void {
    // The command that asked for it is still under way.
    setImmediate(() => {
      onShutdown?.();
      void this.close().catch((error: unknown) => this.#log("warning", reasonOf(error)));
    });
  }
}
