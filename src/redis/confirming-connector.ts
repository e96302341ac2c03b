import { CacheError } from "../errors.ts";
import { pipeline } from "./pipeline.ts";
import type { NodeAddress } from "./cluster-slots.ts";
import type { ClusterConnector } from "./cluster-topology.ts";
import type { Command, Connector, Link, Reply } from "./port.ts";
import { RANGE_WITH_SCORES } from "./scripts.ts";

/** How many replicas are to have a write before it is acknowledged, and how long they may take. */
export interface Confirmation {
  readonly replicas: number;
  readonly timeoutMs: number;
}

/** What a port is told of confirmation; `undefined`: a write is acknowledged when the master has it. */
export interface ConfirmationOptions {
  readonly confirmation?: Confirmation | undefined;
}

/** A connector whose connections confirm what is written, where that is wanted. */
export function confirming(connector: Connector, options: ConfirmationOptions): Connector {
  const { confirmation } = options;
  return confirmation === undefined ? connector : new ConfirmingConnector(connector, confirmation);
}

/** The same for the nodes of a Cluster. */
export function confirmingCluster(
  connector: ClusterConnector,
  options: ConfirmationOptions,
): ClusterConnector {
  const { confirmation } = options;
  return confirmation === undefined
    ? connector
    : new ConfirmingClusterConnector(connector, confirmation);
}

/** Commands that change nothing: no replica has to hear of them. */
const READS: ReadonlySet<string> = new Set(
  (
    "ASKING CLIENT CLUSTER EXISTS GET INFO MGET PEXPIRETIME PING PTTL ROLE SCAN SCRIPT TIME TYPE UNWATCH WATCH " +
    "ZCARD ZCOUNT ZDIFF ZINTER ZLEXCOUNT ZMSCORE ZRANDMEMBER ZRANGE ZRANK ZREVRANK ZSCAN ZSCORE ZUNION"
  ).split(" "),
);

/** What EVAL or EVALSHA is given where the script changes nothing. */
const READING_SCRIPTS: ReadonlySet<unknown> = new Set([
  RANGE_WITH_SCORES.source,
  RANGE_WITH_SCORES.sha1,
]);

/**
 * A connector whose connections acknowledge a write when so many replicas have it: behind writes goes a
 * WAIT, which holds for all that was written before on its own connection. Where too few replicas answer
 * in time the write fails with `PARTIAL_WRITE`: the master has it.
 */
class ConfirmingConnector implements Connector {
  readonly keyPrefix: string;
  readonly #connector: Connector;
  readonly #confirmation: Confirmation;

  constructor(connector: Connector, confirmation: Confirmation) {
    this.keyPrefix = connector.keyPrefix;
    this.#connector = connector;
    this.#confirmation = confirmation;
  }

  async open(): Promise<Link> {
    return new ConfirmingLink(await this.#connector.open(), this.#confirmation);
  }
}

/** Makes the connections to each node of a Cluster confirming ones. */
class ConfirmingClusterConnector implements ClusterConnector {
  readonly keyPrefix: string;
  readonly redirectionsMax: number;
  readonly seeds: ClusterConnector["seeds"];
  readonly #connector: ClusterConnector;
  readonly #confirmation: Confirmation;

  constructor(connector: ClusterConnector, confirmation: Confirmation) {
    this.keyPrefix = connector.keyPrefix;
    this.redirectionsMax = connector.redirectionsMax;
    // These are only asked for the way.
    this.seeds = connector.seeds;
    this.#connector = connector;
    this.#confirmation = confirmation;
  }

  connectorOf(address: NodeAddress): Connector {
    return new ConfirmingConnector(this.#connector.connectorOf(address), this.#confirmation);
  }
}

/**
 * A link that confirms what is written on it. One WAIT is under way at a time: while a server waits for
 * its replicas it serves nothing else on the connection, so whatever is written meanwhile shares the next
 * one, as do all writes of one turn.
 */
class ConfirmingLink implements Link {
  readonly ended: Promise<unknown>;
  readonly #link: Link;
  readonly #replicas: number;
  readonly #wait: Command;
  /** The outcome of the WAIT that is still to be sent. */
  #next: Promise<CacheError | undefined> | undefined;
  /** That of the last one that was asked for. */
  #last: Promise<CacheError | undefined> | undefined;

  constructor(link: Link, { replicas, timeoutMs }: Confirmation) {
    this.ended = link.ended;
    this.#link = link;
    this.#replicas = replicas;
    this.#wait = ["WAIT", String(replicas), String(timeoutMs)];
  }

  send(command: Command): Promise<Reply> {
    const reply = this.#link.send(command);
    return isRead(command) ? reply : this.#confirmed(reply, () => true);
  }

  pipeline(commands: readonly Command[]): Promise<Reply[]> {
    const replies = pipeline(this.#link, commands);
    return commands.every(isRead) ? replies : this.#confirmedEach(replies, commands);
  }

  transaction(commands: readonly Command[]): Promise<readonly Reply[] | undefined> {
    const replies = this.#link.transaction(commands);
    return commands.every(isRead) ? replies : this.#confirmed(replies, hasWritten);
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#link.close();
  }

  destroy(): void {
    this.#link.destroy();
  }

  /** What was written, or why it does not count. What the write itself failed with is not kept waiting. */
  async #confirmed<T>(written: Promise<T>, hasWritten: (reply: T) => boolean): Promise<T> {
    const confirmation = this.#confirmation();
    const reply = await written;
    const failure = await confirmation;
    if (failure !== undefined && hasWritten(reply)) throw failure;
    return reply;
  }

  /** The replies to several commands: in the place of what was written, why it does not count. */
  async #confirmedEach(written: Promise<Reply[]>, commands: readonly Command[]): Promise<Reply[]> {
    const confirmation = this.#confirmation();
    const replies = await written;
    const failure = await confirmation;
    if (failure === undefined) return replies;
    return replies.map((reply, i) =>
      reply instanceof Error || isRead(commands[i] as Command) ? reply : failure,
    );
  }

  /** The outcome of a WAIT behind what has just been sent: `undefined` where it went well. */
  #confirmation(): Promise<CacheError | undefined> {
    this.#next ??= this.#confirm(this.#last);
    this.#last = this.#next;
    return this.#next;
  }

  /** Sends a WAIT when the one before is done, and says what is wrong about its reply. */
  async #confirm(former: Promise<unknown> | undefined): Promise<CacheError | undefined> {
    await former;
    // What else is written in this turn goes first.
    await new Promise<void>((resolve) => process.nextTick(resolve));
    this.#next = undefined;
    try {
      const replicas = Number(await this.#link.send(this.#wait));
      if (replicas >= this.#replicas) return undefined;
      return unconfirmed(`${replicas} of ${this.#replicas}`);
    } catch (error) {
      // Nobody knows then what the master still has, if it lives.
      if (error instanceof CacheError && error.code === "CONNECTION_FAILED") return error;
      return unconfirmed("an error", error);
    }
  }
}

function isRead([name, script]: Command): boolean {
  if (READS.has(String(name))) return true;
  return (name === "EVAL" || name === "EVALSHA") && READING_SCRIPTS.has(script);
}

/** Whether a transaction may have changed something: it was carried out, and not all of it failed. */
function hasWritten(replies: readonly Reply[] | undefined): boolean {
  return replies?.every((reply) => reply instanceof Error) === false;
}

function unconfirmed(received: string, cause?: unknown): CacheError {
  return new CacheError(
    "PARTIAL_WRITE",
    "Cannot confirm a write, which the master has: enough replicas must have it in time: " +
      `received ${received}`,
    cause === undefined ? undefined : { cause },
  );
}
