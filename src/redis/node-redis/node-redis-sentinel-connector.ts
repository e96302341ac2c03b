import { systemTimers, type Timers } from "../../cache/platform.ts";
import { prefixText } from "../client-pattern.ts";
import type { Connector, Link } from "../port.ts";
import { clientError } from "../client-errors.ts";
import { connectionError } from "../server-errors.ts";
import {
  addressOf,
  type ConnectionClient,
  connectMsMax,
  connectionOptions,
  type NodeRedisAddress,
  type NodeRedisSentinel,
  type PatternClient,
} from "./node-redis-client.ts";
import { destroyClient, openLink, type NodeRedisLink } from "./node-redis-link.ts";

/** How long one attempt waits for the Sentinels, milliseconds. */
const SENTINELS_MS_MAX = 2000;

/** The parts of the library's Sentinel client that its users do not see, and what version 6 adds. */
interface Sentinels extends NodeRedisSentinel {
  readonly _keyPrefix?: string | Buffer | undefined;
  on(event: string, listener: (cause?: unknown) => void): unknown;
  off(event: string, listener: (cause?: unknown) => void): unknown;
  duplicate?(overrides: object): Sentinels;
  _execute(
    isReadonly: boolean,
    use: (client: PatternClient) => Promise<{ readonly master: PatternClient }>,
  ): Promise<{ readonly master: PatternClient }>;
}

/** What the library's client tells of the servers that it knows. */
interface TopologyChange {
  readonly type: string;
  readonly node?: NodeRedisAddress;
}

/**
 * Connections to the master that Sentinels name. The library's client for Sentinels only tells which
 * server that is, and with which options it is reached: a command that it sent itself would be sent
 * again to the next master when its connection was lost.
 *
 * Version 6 of the library can duplicate that client; version 5 cannot, and the user's own one is asked,
 * and connected where the user has not done so.
 */
export class NodeRedisSentinelConnector implements Connector {
  readonly keyPrefix: string;
  readonly #given: Sentinels;
  readonly #timers: Timers;
  #sentinels: Sentinels | undefined;
  #connecting: Promise<unknown> | undefined;
  /** Whether it was connected here, and so is to be closed here. */
  #isOwn = false;
  #failure: unknown;
  /** Connections to the master, and those that are about to be. */
  readonly #clients = new Set<ConnectionClient>();
  #masterName: string | undefined;

  constructor(sentinel: NodeRedisSentinel, timers: Timers = systemTimers) {
    this.#given = sentinel as unknown as Sentinels;
    this.#timers = timers;
    // oxlint-disable-next-line no-underscore-dangle -- its options are nowhere else
    this.keyPrefix = prefixText(this.#given._keyPrefix);
  }

  async open(): Promise<Link> {
    const master = await this.#master();
    const options = master.options ?? {};
    const client = master.duplicate(connectionOptions(options));
    const connect = () => client.connect();
    this.#clients.add(client);
    try {
      const address = addressOf(options);
      const link = await openLink(client, connect, connectMsMax(options), this.#timers, address);
      void link.ended.then(() => this.#clients.delete(client));
      await checkRole(link);
      return link;
    } catch (error) {
      this.#clients.delete(client);
      throw error;
    }
  }

  /** Ends what asks the Sentinels, and leaves the user's own client as it was. */
  async close(): Promise<void> {
    const sentinels = this.#sentinels;
    if (sentinels === undefined) return;
    this.#sentinels = undefined;
    await this.#end(sentinels);
    sentinels.off("error", this.#failed);
    sentinels.off("topology-change", this.#changed);
  }

  async #end(sentinels: Sentinels): Promise<void> {
    if (!this.#isOwn) return;
    try {
      await this.#within(Promise.resolve(sentinels.destroy()));
    } catch {
      // It never connected, or is still about to; what it has opened it gives up.
    }
  }

  async #master(): Promise<PatternClient> {
    const sentinels = await this.#connected();
    if (sentinels.getMasterNode() === undefined) {
      throw connectionError(
        this.#failure ?? new Error("The Sentinels name no master that answers"),
      );
    }
    // A client is no promise, but it would be taken for one if it had a command `then`.
    // oxlint-disable-next-line no-underscore-dangle -- nothing else hands out the client itself
    const found = sentinels._execute(false, async (master) => Promise.resolve({ master }));
    return (await this.#within(found)).master;
  }

  async #connected(): Promise<Sentinels> {
    const sentinels = (this.#sentinels ??= this.#asked());
    if (!sentinels.isReady) {
      if (!sentinels.isOpen && this.#connecting === undefined) this.#connect(sentinels);
      await this.#within(this.#connecting ?? Promise.resolve());
    }
    return sentinels;
  }

  #asked(): Sentinels {
    const own = this.#given.duplicate?.({ masterPoolSize: 1, replicaPoolSize: 0 });
    const sentinels = own ?? this.#given;
    this.#isOwn = own !== undefined || !sentinels.isOpen;
    sentinels.on("error", this.#failed);
    sentinels.on("topology-change", this.#changed);
    return sentinels;
  }

  readonly #failed = (cause: unknown): void => {
    this.#failure = cause;
  };

  /** Another master: a former one that is halted would keep its connections, and the calls on them. */
  readonly #changed = (change: unknown): void => {
    const { type, node } = change as TopologyChange;
    if (type !== "MASTER_CHANGE" || node === undefined) return;
    const name = `${node.host}:${node.port}`;
    const isAnother = this.#masterName !== undefined && this.#masterName !== name;
    this.#masterName = name;
    if (isAnother) for (const client of this.#clients) destroyClient(client);
  };

  #connect(sentinels: Sentinels): void {
    const connecting = sentinels.connect();
    this.#connecting = connecting;
    const failed = (error: unknown) => {
      this.#failure ??= error;
      // The library's client does not try for ever: the next attempt takes another one.
      if (this.#given.duplicate !== undefined) this.#sentinels = undefined;
    };
    void connecting.catch(failed).finally(() => {
      this.#connecting = undefined;
    });
  }

  async #within<T>(pending: Promise<T>): Promise<T> {
    let timer: unknown;
    try {
      return await new Promise<T>((resolve, reject) => {
        const late = new Error(`The Sentinels did not answer within ${SENTINELS_MS_MAX} ms`);
        timer = this.#timers.setTimeout(() => reject(this.#failure ?? late), SENTINELS_MS_MAX);
        pending.then(resolve, reject);
      });
    } catch (error) {
      throw clientError(error);
    } finally {
      this.#timers.clearTimeout(timer as never);
    }
  }
}

/** Right after a failover the Sentinels may still name the former master, which follows another one now. */
async function checkRole(link: NodeRedisLink): Promise<void> {
  let role: string;
  try {
    const reply = await link.send(["ROLE"]);
    role = Array.isArray(reply) ? String(reply[0]) : "";
  } catch {
    // Who may not ask finds out by writing.
    return;
  }
  if (role !== "slave") return;
  link.destroy();
  throw connectionError(new Error("The server that the Sentinels name follows another one"));
}
