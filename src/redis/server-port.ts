import { systemClock, systemRandom, systemTimers, type Timers } from "../cache/platform.ts";
import type { Clock } from "../engine/clock.ts";
import type { Random } from "../structures/random.ts";
import { ExclusiveLinks } from "./exclusive-links.ts";
import { Fence } from "./fence.ts";
import { pipeline } from "./pipeline.ts";
import type { Argument, ClientPort, Command, Connection, Connector, Link, Reply } from "./port.ts";
import { Reconnection } from "./reconnection.ts";
import { connectionError } from "./server-errors.ts";
import { TransactionAccess } from "./transaction-access.ts";

/** How long `close` waits for replies that are under way, milliseconds. */
const CLOSE_MS_MAX = 3000;
/** How long a server may take for what a new connection asks first, milliseconds. */
const ENTRY_MS_MAX = 3000;

/** What a {@link ServerPort} takes from outside; by default the system's. */
export interface ServerPortOptions {
  readonly clock?: Clock;
  readonly timers?: Timers;
  readonly random?: Random;
}

/**
 * A port over one server, or over the master that Sentinels name: one link that everybody shares, and
 * a few for work that needs one of its own. A link that was lost is replaced at once; what was under
 * way on it fails with `CONNECTION_FAILED`, and is never sent again. While no link can be opened, calls
 * fail without delay.
 *
 * Before anything is sent on a link, those before it are closed on the server, too, where it allows
 * that: what was sent there and failed cannot take effect after what is sent here. Where a transaction may
 * not be made, nothing of it is sent.
 */
export class ServerPort implements ClientPort {
  readonly isCluster = false;
  readonly keyPrefix: string;
  readonly #connector: Connector;
  readonly #timers: Timers;
  readonly #fence = new Fence();
  readonly #transactions = new TransactionAccess();
  readonly #reconnection: Reconnection;
  readonly #exclusive: ExclusiveLinks;
  readonly #listeners: (() => void)[] = [];
  #epoch = 0;
  #closing: Promise<void> | undefined;

  constructor(connector: Connector, options: ServerPortOptions = {}) {
    const { clock = systemClock, timers = systemTimers, random = systemRandom } = options;
    this.keyPrefix = connector.keyPrefix;
    this.#connector = connector;
    this.#timers = timers;
    const open = () => this.#open();
    this.#exclusive = new ExclusiveLinks({ clock, open, left: (link) => this.#fence.left(link) });
    this.#reconnection = new Reconnection({
      clock,
      timers,
      random,
      open,
      opened: () => this.#opened(),
      lost: (link) => this.#lost(link),
    });
  }

  /** Grows in the moment in which a link is lost: what comes afterwards is for the one in its place. */
  get epoch(): number {
    return this.#epoch;
  }

  get isConnected(): boolean {
    return this.#reconnection.present !== undefined;
  }

  send(command: Command, _key?: Argument): Promise<Reply> {
    const link = this.#reconnection.present;
    if (link !== undefined) return link.send(command);
    return this.#reconnection.link().then((link) => link.send(command));
  }

  serverOf(_key: Argument): string {
    return "";
  }

  pipeline(commands: readonly Command[], _keys: readonly Argument[]): Promise<Reply[]> {
    return this.#atOnce((link) => pipeline(link, commands));
  }

  transaction(commands: readonly Command[], _key: Argument): Promise<readonly Reply[]> {
    return this.#atOnce(async (link) => {
      const replies = await this.#transactions.transaction(link, commands);
      if (replies !== undefined) return replies;
      // Nothing is ever watched on this link.
      throw connectionError(new Error("The server dropped a transaction"));
    });
  }

  async exclusive<T>(_key: Argument, work: (connection: Connection) => Promise<T>): Promise<T> {
    await this.#reconnection.link();
    return this.#exclusive.run((link) => work(this.#transactions.connectionOver(link)));
  }

  async masters(): Promise<readonly Connection[]> {
    await this.#reconnection.link();
    return [
      {
        send: (command) => this.send(command),
        transaction: (commands) => this.transaction(commands, ""),
      },
    ];
  }

  onConnection(listener: () => void): void {
    this.#listeners.push(listener);
  }

  async fence(): Promise<void> {
    const link = await this.#reconnection.link();
    await this.#fence.raise(link);
  }

  reset(): void {
    this.#reconnection.reset();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Sends on the link before anything that is called later, or when there is one. */
  #atOnce<T>(send: (link: Link) => Promise<T>): Promise<T> {
    const link = this.#reconnection.present;
    return link === undefined ? this.#reconnection.link().then(send) : send(link);
  }

  async #open(): Promise<Link> {
    const link = await this.#connector.open();
    const timer = this.#timers.setTimeout(() => link.destroy(), ENTRY_MS_MAX);
    try {
      // All that is asked goes out at once.
      await Promise.all([this.#fence.enter(link), this.#transactions.enter(link)]);
      return link;
    } catch (error) {
      this.#fence.left(link);
      link.destroy();
      throw error;
    } finally {
      this.#timers.clearTimeout(timer as never);
    }
  }

  #opened(): void {
    for (const listener of this.#listeners) listener();
  }

  #lost(link: Link): void {
    this.#epoch++;
    this.#fence.left(link);
    // What goes on there was begun before, and must not take effect after a fence.
    this.#exclusive.destroy();
  }

  async #close(): Promise<void> {
    let last: Link | undefined;
    const ending = (async () => {
      last = await this.#reconnection.close();
      await Promise.all([this.#exclusive.close(), last?.close()]);
    })();
    let timer: unknown;
    const late = new Promise<void>((resolve) => {
      timer = this.#timers.setTimeout(resolve, CLOSE_MS_MAX);
    });
    await Promise.race([ending.catch(() => {}), late]);
    this.#timers.clearTimeout(timer as never);
    this.#exclusive.destroy();
    last?.destroy();
  }
}
