import { systemClock, systemTimers, type Timers } from "../cache/platform.ts";
import type { Clock } from "../engine/clock.ts";
import { CacheError, show } from "../errors.ts";
import { isAscii } from "../structures/byte-string.ts";
import { ClusterMoves, type SlotCall } from "./cluster-moves.ts";
import type { ClusterNode } from "./cluster-node.ts";
import { Gate } from "./gate.ts";
import { isRedirection } from "./cluster-redirection.ts";
import { type ClusterConnector, ClusterTopology } from "./cluster-topology.ts";
import type { Argument, ClientPort, Command, Connection, Reply } from "./port.ts";
import { asReply, raised } from "./replies.ts";
import { connectionError, replyOf } from "./server-errors.ts";
import { slotOf } from "./slot.ts";

/** How long `close` waits for calls on slots that move, milliseconds. */
const CLOSE_MS_MAX = 3000;

/**
 * A port over a Cluster: a port to each master, and a map of slots to choose among them. A command
 * that a node redirects (MOVED, ASK) or puts off (TRYAGAIN) was not carried out, and goes on its way
 * again, in the order of calling (see {@link ClusterMoves}); nothing else is ever sent twice. When a
 * master is lost its calls fail until the Cluster has another one for its slots.
 */
export class ClusterPort implements ClientPort {
  readonly isCluster = true;
  readonly keyPrefix: string;
  readonly #topology: ClusterTopology;
  readonly #moves: ClusterMoves;
  readonly #listeners: (() => void)[] = [];
  readonly #gate = new Gate();
  #closing: Promise<void> | undefined;

  constructor(
    connector: ClusterConnector,
    options: { readonly clock?: Clock; readonly timers?: Timers } = {},
  ) {
    const { clock = systemClock, timers = systemTimers } = options;
    this.keyPrefix = connector.keyPrefix;
    this.#topology = new ClusterTopology(connector, {
      clock,
      timers,
      connected: () => {
        for (const listener of this.#listeners) listener();
      },
      left: (node, slots) => this.#moves.left(node, slots),
    });
    this.#moves = new ClusterMoves({
      topology: this.#topology,
      timers,
      redirectionsMax: connector.redirectionsMax,
      note: (error) => this.#note(error),
    });
  }

  get epoch(): number {
    return this.#topology.epoch;
  }

  get isConnected(): boolean {
    return this.#topology.isConnected;
  }

  serverOf(key: Argument): string {
    return this.#topology.masterOf(slotOfKey(key))?.name ?? "";
  }

  send(command: Command, key: Argument | undefined, elsewhere = command): Promise<Reply> {
    return this.#whenFound(() => {
      if (key !== undefined) return this.#route(slotOfKey(key), callOf(command, key, elsewhere));
      return this.#anywhere(command);
    });
  }

  transaction(commands: readonly Command[], key: Argument): Promise<readonly Reply[]> {
    return this.#whenFound(() =>
      this.#route(slotOfKey(key), (node, isAsking) => {
        // Each command of a transaction would have to ask for itself, which cannot be done inside of it.
        if (isAsking) return Promise.reject(onItsWay());
        return node.batch(node.port.transaction(commands, key));
      }),
    );
  }

  pipeline(commands: readonly Command[], keys: readonly Argument[]): Promise<Reply[]> {
    return this.#whenFound(() => this.#spread(commands, keys));
  }

  async #spread(commands: readonly Command[], keys: readonly Argument[]): Promise<Reply[]> {
    const place = this.#moves.place();
    const replies = new Array<Reply>(commands.length).fill(null);
    const parts = new Map<ClusterNode | undefined, number[]>();
    const apart: Promise<void>[] = [];
    const follow = (
      index: number,
      begin: (slot: number, call: SlotCall<Reply>) => Promise<Reply>,
    ) => {
      const key = keys[index] as Argument;
      const outcome = begin(slotOfKey(key), callOf(commands[index] as Command, key)).catch(asReply);
      apart.push(outcome.then((reply) => void (replies[index] = reply)));
    };
    for (let index = 0; index < keys.length; index++) {
      const slot = slotOfKey(keys[index] as Argument);
      if (this.#moves.isHeld(slot)) {
        follow(index, (slot, call) => this.#route(slot, call));
        continue;
      }
      const node = this.#topology.masterOf(slot);
      const part = parts.get(node);
      if (part === undefined) parts.set(node, [index]);
      else part.push(index);
    }
    const parted = [...parts].map(async ([node, indexes]) => {
      const answers = await this.#sendPart(node, indexes, commands, keys);
      for (let at = 0; at < indexes.length; at++) {
        const index = indexes[at] as number;
        const answer = answers[at] as Reply;
        replies[index] = answer;
        if (node === undefined || !(answer instanceof Error) || !isRedirection(answer)) continue;
        follow(index, (slot, call) => this.#moves.follow(slot, place, node, answer, call));
      }
    });
    await Promise.all(parted);
    await Promise.all(apart);
    return replies;
  }

  /**
   * See {@link ClientPort.exclusive}. Where the slot has moved the work fails with `NODE_UNHEALTHY`, as
   * nobody but its caller knows whether it may begin again.
   */
  exclusive<T>(key: Argument, work: (connection: Connection) => Promise<T>): Promise<T> {
    const slot = slotOfKey(key);
    return this.#whenFound(() =>
      this.#moves.alone(slot, async () => {
        const node = this.#masterOf(slot);
        this.#topology.watch();
        return await this.#noted(node.watched(node.port.exclusive(key, work)));
      }),
    );
  }

  masters(): Promise<readonly Connection[]> {
    return this.#whenFound(async () =>
      this.#topology.masters.map((node) => ({
        send: (command) => this.#noted(node.send(command, undefined)),
        transaction: (commands) => this.#noted(node.watched(node.port.transaction(commands, ""))),
      })),
    );
  }

  onConnection(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /**
   * See {@link ClientPort.fence}: for the nodes of now. What they turned away before, or what waits for
   * that, fails and is not sent. What lies in the buffers of a former master that the Cluster has
   * replaced cannot be reached; the node forgets it when it becomes a replica.
   */
  fence(): Promise<void> {
    return this.#whenFound(async () => {
      this.#moves.fence();
      await Promise.all(this.#topology.nodes.map((node) => this.#noted(fence(node))));
    });
  }

  /** See {@link ClientPort.reset}: of the nodes, those that are silent for so long. */
  reset(silentMs = 0): void {
    this.#topology.reset(silentMs);
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    // Calls from before that wait until the Cluster is found go first.
    const others = this.#gate.isBusy
      ? this.#gate.pass(
          () => Promise.resolve(),
          () => Promise.resolve(),
        )
      : undefined;
    await others?.catch(() => undefined);
    await this.#moves.ended(CLOSE_MS_MAX);
    await this.#topology.close();
  }

  /** Makes a call where the slot is, and again where it turns out to be. */
  #route<T>(slot: number, call: SlotCall<T>): Promise<T> {
    if (this.#moves.isHeld(slot)) {
      return this.#moves.wait(slot, () => this.#routed(slot, call, true));
    }
    return this.#routed(slot, call, false);
  }

  async #routed<T>(slot: number, call: SlotCall<T>, isLate: boolean): Promise<T> {
    const place = this.#moves.place();
    const node = this.#masterOf(slot);
    try {
      this.#topology.watch();
      return await call(node, false, isLate);
    } catch (error) {
      if (!isRedirection(error)) throw this.#note(error);
      return await this.#moves.follow(slot, place, node, error, call);
    }
  }

  async #sendPart(
    node: ClusterNode | undefined,
    indexes: readonly number[],
    commands: readonly Command[],
    keys: readonly Argument[],
  ): Promise<readonly Reply[]> {
    if (node === undefined) return indexes.map(() => this.#note(unserved()) as Error);
    const part = indexes.map((index) => commands[index] as Command);
    const partKeys = indexes.map((index) => keys[index] as Argument);
    try {
      this.#topology.watch();
      const replies = await node.batch(node.port.pipeline(part, partKeys));
      const failure = replies.find((reply) => reply instanceof Error && !isRedirection(reply));
      if (failure !== undefined) this.#note(failure);
      return replies;
    } catch (error) {
      const failure = this.#note(error) as Error;
      return indexes.map(() => failure);
    }
  }

  /** Makes a call when the Cluster has been found, at once where it has. */
  #whenFound<T>(call: () => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) return Promise.reject(closed());
    if (this.#topology.isKnown && !this.#gate.isBusy) return call();
    return this.#gate.pass(() => this.#topology.found(), call);
  }

  async #anywhere(command: Command): Promise<Reply> {
    const [master] = this.#topology.masters;
    if (master === undefined) throw this.#note(unserved());
    this.#topology.watch();
    return await this.#noted(master.send(command, undefined));
  }

  /** @throws {CacheError} `NODE_UNHEALTHY` */
  #masterOf(slot: number): ClusterNode {
    const node = this.#topology.masterOf(slot);
    if (node === undefined) throw this.#note(unserved());
    return node;
  }

  async #noted<T>(call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (error) {
      throw this.#note(error);
    }
  }

  /** What an error says about the Cluster is a reason to look at it again. */
  #note(error: unknown): unknown {
    if (!(error instanceof CacheError)) return error;
    if (isRedirection(error)) {
      this.#topology.refresh();
      return astray(error);
    }
    if (error.code === "CONNECTION_FAILED" || error.code === "NODE_UNHEALTHY") {
      this.#topology.refresh();
    }
    // The node was left meanwhile, not the Cluster.
    if (error.code === "CLOSED" && this.#closing === undefined) return connectionError(error);
    return error;
  }
}

/**
 * A command as it is made on a node.
 * @param elsewhere what goes to another node than was meant
 */
function callOf(command: Command, key: Argument, elsewhere = command): SlotCall<Reply> {
  return (node, isAsking, isLate) => {
    const sent = isLate ? elsewhere : command;
    return isAsking ? asking(node, sent, key) : node.send(sent, key);
  };
}

/** A command that is let in though its slot is still on its way. */
async function asking(node: ClusterNode, command: Command, key: Argument): Promise<Reply> {
  const asked = node.port.pipeline([["ASKING"], command], [key, key]);
  const [, reply = null] = await node.watched(asked);
  return raised(reply);
}

/** Resolves when nothing that was sent to a node before can take effect any more. */
async function fence(node: ClusterNode): Promise<void> {
  await node.watched(node.port.fence());
  await node.send(["PING"], undefined);
}

function slotOfKey(key: Argument): number {
  if (typeof key !== "string") return slotOf(key.toString("latin1"));
  return slotOf(isAscii(key) ? key : Buffer.from(key, "utf8").toString("latin1"));
}

function closed(): CacheError {
  return new CacheError(
    "CLOSED",
    "Cannot use the Cluster: the cache must be open: received a call after close",
  );
}

function unserved(): CacheError {
  return new CacheError(
    "NODE_UNHEALTHY",
    "Cannot use the Cluster: some node must serve the slot of the key: received none",
  );
}

function onItsWay(): CacheError {
  return new CacheError(
    "NODE_UNHEALTHY",
    "Cannot use the Cluster: the slot of the key must stay: received one that is on its way to another node",
  );
}

/** The error of a call that was redirected once too often, or could not be. */
function astray(error: CacheError): CacheError {
  return new CacheError(
    "NODE_UNHEALTHY",
    `Cannot use the Cluster: the slot of the key must stay at one node: received ${show(replyOf(error))}`,
    { cause: error.cause },
  );
}
