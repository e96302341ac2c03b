import { systemTimers, type Timers } from "../../cache/platform.ts";
import { prefixText } from "../client-pattern.ts";
import type { Command, Connector, Link, Reply } from "../port.ts";
import { connectionError } from "../server-errors.ts";
import {
  type ConnectionClient,
  type IoredisClient,
  type IoredisOptions,
} from "./ioredis-client.ts";
import { IoredisLink } from "./ioredis-link.ts";

/** How long a server may take to answer who we say we are, milliseconds. */
const GREETING_MS_MAX = 3000;
/** How long a Sentinel may take to answer until the next one is asked, milliseconds. */
const SENTINEL_MS_MAX = 2000;
/** What a server says to a password that it does not need. */
const NEEDS_NO_PASSWORD = /no password is set|without any password configured/;

/**
 * Connections to the server of a client of `ioredis`, which stays as it is: each is a duplicate that
 * is used until its connection ends.
 */
export class IoredisConnector implements Connector {
  readonly keyPrefix: string;
  readonly #pattern: IoredisClient;
  readonly #timers: Timers;

  constructor(client: IoredisClient, timers: Timers = systemTimers) {
    this.#pattern = client;
    this.#timers = timers;
    this.keyPrefix = prefixText((client.options as IoredisOptions).keyPrefix);
  }

  /** The library limits how long it takes to connect, by the client's `connectTimeout`. */
  async open(): Promise<Link> {
    const options: IoredisOptions = this.#pattern.options;
    const hasSentinels = options.sentinels !== null && options.sentinels !== undefined;
    const client = this.#pattern.duplicate(connectionOptions(options)) as ConnectionClient;
    const link = new IoredisLink(
      client,
      hasSentinels,
      hasSentinels ? undefined : addressOf(options),
    );
    let timer: unknown;
    try {
      await link.connect();
      const greetingMsMax = Math.min(options.connectTimeout ?? Infinity, GREETING_MS_MAX);
      timer = this.#timers.setTimeout(() => link.fail(late(greetingMsMax)), greetingMsMax);
      await greet(link, options);
      if (hasSentinels) await checkIsMaster(link);
      return link;
    } catch (error) {
      link.destroy();
      throw error;
    } finally {
      this.#timers.clearTimeout(timer as never);
    }
  }
}

/**
 * What is different for a connection of ours: it ends when it is lost, it refuses what it cannot send
 * now, and it says itself who it is, since the library goes on where that fails: without a password,
 * or on another database.
 */
function connectionOptions(options: IoredisOptions): object {
  return {
    lazyConnect: true,
    retryStrategy: null,
    reconnectOnError: null,
    sentinelRetryStrategy: null,
    sentinelCommandTimeout: options.sentinelCommandTimeout ?? SENTINEL_MS_MAX,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    enableOfflineQueue: false,
    enableAutoPipelining: false,
    enableReadyCheck: false,
    maxRetriesPerRequest: null,
    commandTimeout: undefined,
    blockingTimeout: undefined,
    // What is given up is closed at once.
    disconnectTimeout: 0,
    stringNumbers: false,
    keyPrefix: "",
    scripts: undefined,
    readOnly: false,
    // A replica is behind, and can be written no more.
    role: "master",
    preferredSlaves: undefined,
    monitor: false,
    disableClientInfo: true,
    connectionName: undefined,
    username: undefined,
    password: undefined,
    db: 0,
  };
}

/** Says who we are, and which database is meant. */
async function greet(link: Link, options: IoredisOptions): Promise<void> {
  const { username, password, db, connectionName } = options;
  const greeting: Promise<Reply>[] = [];
  if (password) greeting.push(logIn(link, username ? [username, password] : [password]));
  if (db) greeting.push(link.send(["SELECT", String(db)]));
  if (connectionName) {
    // A name is for people only.
    const named = link.send(["CLIENT", "SETNAME", connectionName]);
    greeting.push(named.catch(() => null));
  }
  await Promise.all(greeting);
}

async function logIn(link: Link, credentials: Command): Promise<Reply> {
  try {
    return await link.send(["AUTH", ...credentials]);
  } catch (error) {
    if (error instanceof Error && NEEDS_NO_PASSWORD.test(error.message)) return null;
    throw error;
  }
}

/** Sentinels may name a server as the master that has ceased to be it. */
async function checkIsMaster(link: Link): Promise<void> {
  let role: Reply;
  try {
    role = await link.send(["ROLE"]);
  } catch {
    // Not everybody may ask; and where the connection failed, the next command shows it.
    return;
  }
  const [name] = Array.isArray(role) ? (role as readonly Reply[]) : [];
  if (String(name) !== "master") throw connectionError(new Error("The server is no master"));
}

function addressOf({ path, host, port }: IoredisOptions): string {
  return path ?? `${host}:${port}`;
}

function late(ms: number): Error {
  return Object.assign(new Error(`The server did not answer within ${ms} ms`), {
    code: "ETIMEDOUT",
  });
}
