import type { MemoryCache } from "../cache/memory-cache.ts";
import { CacheError, show } from "../errors.ts";
import type { MaxmemoryPolicy } from "./config/parameters-in-force.ts";
import { optionSettings, type ParameterOptions } from "./config/options.ts";
import { ServerConfig } from "./config/server-config.ts";
import { Server } from "./server.ts";

/**
 * Options of `serve`: Redis' parameters by their names in camel case, and the cache. Here are those that
 * are asked for most; every other parameter that the server's configuration file takes is one, too
 * (`maxmemory-samples` is `maxmemorySamples`).
 */
export interface ServeOptions extends ParameterOptions {
  /**
   * The cache whose keys are database 0, which the process goes on using. Its own limits hold until
   * `maxmemory` or `maxmemoryPolicy` is given. Default: one of the server's own.
   */
  cache?: MemoryCache | undefined;
  /**
   * Takes what went wrong in a command through no client's fault, with the command's name; the
   * client got `ERR internal error`. Default: `process.emitWarning`.
   */
  onError?: ((error: unknown, command: string) => void) | undefined;
  /** The TCP port, 0 for a free one; with a TLS port or a Unix socket, 0 for none. Default 7379. */
  port?: number | string | undefined;
  /** The addresses to listen on. Default: loopback. */
  bind?: string | readonly string[] | undefined;
  /** The password that clients must give. Default: none. */
  requirepass?: string | undefined;
  /** Whether clients from elsewhere are refused while there is no password. Default `true`. */
  protectedMode?: boolean | "yes" | "no" | undefined;
  /** How many databases there are. Default 16. */
  databases?: number | string | undefined;
  /** What keys and values may cost, in bytes or as `"256mb"`. Default: the cache's limit. */
  maxmemory?: number | string | undefined;
  /** What happens at `maxmemory`. Default: the cache's eviction, without `cache` `"noeviction"`. */
  maxmemoryPolicy?: MaxmemoryPolicy | undefined;
  /** How many clients there may be. Default 10,000. */
  maxclients?: number | string | undefined;
  /** Whether every change is kept in a journal in `dir`. Default `"no"`. */
  appendonly?: boolean | "yes" | "no" | undefined;
  /**
   * When the journal is forced to the disk; with `"always"` replies wait for it. Default
   * `"everysec"`.
   */
  appendfsync?: "always" | "everysec" | "no" | undefined;
  /**
   * When snapshots are taken: pairs of seconds and changes, as `"900 1 300 10"`. Default: never.
   */
  save?: string | readonly string[] | undefined;
  /**
   * The directory of journal and snapshot; what is there is loaded. Default: that of the process.
   */
  dir?: string | undefined;
  /** After how many seconds a silent client is closed; 0: never. Default 0. */
  timeout?: number | string | undefined;
  /** The TCP port with TLS; 0: none. Default 0. */
  tlsPort?: number | string | undefined;
  /** The server's certificate, in PEM. Default: none. */
  tlsCertFile?: string | undefined;
  /** Its private key, in PEM. Default: none. */
  tlsKeyFile?: string | undefined;
  /**
   * The authorities that vouch for clients; needed unless `tlsAuthClients` is `"no"`. Default: none.
   */
  tlsCaCertFile?: string | undefined;
  /** Whether clients must show a certificate. Default `"yes"`. */
  tlsAuthClients?: "yes" | "no" | "optional" | undefined;
  /** The path of a Unix socket. Default: none. */
  unixsocket?: string | undefined;
  /**
   * The permissions of the Unix socket in octal digits, as `"700"`. Default: those of the process.
   */
  unixsocketperm?: string | undefined;
}

/**
 * Serves the Redis protocol, and resolves when it listens and what is on the disk is loaded.
 *
 * @throws {CacheError} `INVALID_CONFIG` for an option that cannot be followed, or where it cannot listen,
 * `PERSISTENCE_FAILED` where what is on the disk cannot be loaded
 *
 * @example
 * ```ts
 * import { MemoryLeaderboardCache } from "laurel";
 * import { serve } from "laurel/server";
 *
 * await using cache = new MemoryLeaderboardCache();
 * await using server = await serve({ port: 0, cache });
 * await cache.zAdd("board", { member: "ada", score: 1815 });
 * console.log(server.port > 0); // true
 * ```
 */
export async function serve(options: ServeOptions = {}): Promise<Server> {
  if (typeof options !== "object" || (options as object | null) === null) {
    throw invalid("options must be an object", options);
  }
  const { cache, onError = warn, ...parameters } = options;
  if (typeof onError !== "function") throw invalid("onError must be a function", onError);
  const server = new Server(new ServerConfig(optionSettings(parameters)), {
    cache,
    // What it throws is the program's own, and must not end the command half-way.
    onFault: (command, error) => queueMicrotask(() => onError(error, command)),
    log: (level, text) => {
      if (level === "warning") process.emitWarning(text, "LaurelWarning");
    },
  });
  try {
    await server.listen();
  } catch (error) {
    await server.close().catch(() => {});
    throw error;
  }
  return server;
}

function warn(error: unknown, command: string): void {
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.emitWarning(`${command} failed: ${reason}`, "LaurelWarning");
}

function invalid(reason: string, received: unknown): CacheError {
  return new CacheError("INVALID_CONFIG", `Cannot serve: ${reason}: received ${show(received)}`);
}
