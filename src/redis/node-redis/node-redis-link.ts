import type { Timers } from "../../cache/platform.ts";
import type { Command, Link, Reply } from "../port.ts";
import { clientError, isReply } from "../client-errors.ts";
import { queuedTransaction } from "../queued-transaction.ts";
import { connectionError, replyError } from "../server-errors.ts";
import type { ConnectionClient } from "./node-redis-client.ts";

/**
 * A connection of `redis`: its client is used until it ends. The library writes a command once, and
 * when the connection ends it rejects all that had been written as well as all that had not.
 */
export class NodeRedisLink implements Link {
  readonly ended: Promise<unknown>;
  readonly #client: ConnectionClient;
  readonly #address: string;
  #failure: unknown;

  /** @param address where the server is */
  constructor(client: ConnectionClient, address: string) {
    this.#client = client;
    this.#address = address;
    this.ended = new Promise((resolve) => {
      client.on("error", (cause) => {
        this.#failure ??= cause;
        // A reply that cannot be read is an error, too, and leaves the connection open.
        this.destroy();
        resolve(cause);
      });
      client.on("end", () => resolve(undefined));
    });
  }

  send(command: Command): Promise<Reply> {
    return this.#client.sendCommand(command).catch(this.#rejected);
  }

  transaction(commands: readonly Command[]): Promise<readonly Reply[] | undefined> {
    return queuedTransaction(this, commands);
  }

  async close(): Promise<void> {
    // The library's own close() waits for ever when the connection is lost meanwhile.
    const last = this.send(["PING"]);
    await last.catch(() => undefined);
    this.destroy();
  }

  destroy(): void {
    destroyClient(this.#client);
  }

  readonly #rejected = (error: unknown): never => {
    if (isReply(error)) throw replyError(error);
    throw connectionError(this.#failure ?? error, this.#address);
  };
}

/**
 * A link over a client that is connecting. The library limits the time until the connection stands
 * (`connectTimeout`) but not the server's greeting: a server that is halted would never answer it.
 */
export async function openLink(
  client: ConnectionClient,
  connect: () => Promise<unknown>,
  greetingMsMax: number,
  timers: Timers,
  address: string,
): Promise<NodeRedisLink> {
  const link = new NodeRedisLink(client, address);
  let timer: unknown;
  try {
    await new Promise<unknown>((resolve, reject) => {
      client.on("connect", () => {
        timer = timers.setTimeout(() => {
          reject(new Error(`The server did not greet within ${greetingMsMax} ms`));
          destroyClient(client);
        }, greetingMsMax);
      });
      connect().then(resolve, reject);
    });
    return link;
  } catch (error) {
    destroyClient(client);
    throw clientError(error, address);
  } finally {
    timers.clearTimeout(timer as never);
  }
}

/** Ends a client at once; what is under way on it fails. */
export function destroyClient(client: ConnectionClient): void {
  try {
    client.destroy();
  } catch {
    // Version 5 refuses when it has ended already.
  }
}
