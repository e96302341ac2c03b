import type { CacheError } from "../../errors.ts";
import type { Argument, Command, Link, Reply } from "../port.ts";
import { clientError, isReply } from "../client-errors.ts";
import { queuedTransaction } from "../queued-transaction.ts";
import { connectionError, replyError } from "../server-errors.ts";
import type { ConnectionClient } from "./ioredis-client.ts";

/**
 * A connection of `ioredis`: its client is used until it ends. Where it may not connect again, the
 * library rejects all that is under way when the connection ends, and writes nothing twice.
 *
 * What is sent in one turn of the event loop goes out in one write.
 */
export class IoredisLink implements Link {
  readonly ended: Promise<unknown>;
  readonly #client: ConnectionClient;
  readonly #isToMaster: boolean;
  readonly #address: string | undefined;
  #failure: unknown;
  #isCorked = false;

  /**
   * @param isToMaster whether it is of no use when the server becomes a replica
   * @param address where the server is, if that is known
   */
  constructor(client: ConnectionClient, isToMaster = false, address?: string) {
    this.#client = client;
    this.#address = address;
    this.#isToMaster = isToMaster;
    this.ended = new Promise((resolve) => {
      client.on("error", (cause) => {
        this.#failure ??= cause;
      });
      client.on("end", () => {
        // It may still have connections to Sentinels.
        client.disconnect();
        resolve(this.#failure);
      });
    });
  }

  /** Connects. Rejects with a `CacheError` that tells what the library only emits. */
  async connect(): Promise<void> {
    try {
      await this.#client.connect();
    } catch (error) {
      throw clientError(this.#failure ?? error, this.#address);
    }
  }

  send(command: Command): Promise<Reply> {
    if (!this.#isCorked) this.#cork();
    const reply = this.#client.callBuffer(String(command[0]), command.slice(1));
    return (reply as Promise<Reply>).catch(this.#rejected);
  }

  /** By the library's own pipeline, which makes one text, and one write, of all commands. */
  async pipeline(commands: readonly Command[]): Promise<Reply[]> {
    const pipeline = this.#client.pipeline();
    let name: Argument | undefined;
    let lowerCaseName = "";
    for (const command of commands) {
      if (command[0] !== name) {
        name = command[0];
        // So the library, which looks names up many times, need not make them so each time.
        lowerCaseName = String(name).toLowerCase();
      }
      pipeline.callBuffer(lowerCaseName, command.length === 2 ? command[1] : command.slice(1));
    }
    const outcomes = (await pipeline.exec()) ?? [];
    return outcomes.map(([error, reply]) =>
      error === null ? (reply as Reply) : this.#errorOf(error),
    );
  }

  transaction(commands: readonly Command[]): Promise<readonly Reply[] | undefined> {
    return queuedTransaction(this, commands);
  }

  async close(): Promise<void> {
    // Its reply comes after all others.
    await this.send(["PING"]).catch(() => undefined);
    this.destroy();
    await this.ended;
  }

  /** Gives it up because of something that the library does not know. */
  fail(cause: unknown): void {
    this.#failure ??= cause;
    this.destroy();
  }

  destroy(): void {
    this.#client.disconnect();
  }

  #cork(): void {
    const { stream } = this.#client;
    if (stream === undefined) return;
    this.#isCorked = true;
    stream.cork();
    process.nextTick(() => {
      this.#isCorked = false;
      stream.uncork();
    });
  }

  readonly #rejected = (error: unknown): never => {
    throw this.#errorOf(error);
  };

  #errorOf(error: unknown): CacheError {
    if (!isReply(error)) return connectionError(this.#failure ?? error, this.#address);
    if (this.#isToMaster && error.message.startsWith("READONLY ")) void this.close();
    return replyError(error);
  }
}
