import type { Reply } from "../differential/reply.ts";
import { itemsOf, oneCommand, textOf } from "./one-command.ts";
import { type ServerKind, type ServerProcess, startServer } from "./server-process.ts";
import { until } from "./until.ts";

/** How a cluster is started. */
export interface ClusterOptions {
  /** After how long without an answer a node counts as failed, milliseconds. Default 1500. */
  readonly nodeTimeoutMs?: number;
  /** Whether nobody answers while some slots have no master. Default true, as the servers' own. */
  readonly needsFullCoverage?: boolean;
  /** More command-line options for each server. */
  readonly options?: readonly string[];
}

const MASTERS = 3;
const SLOTS = 16_384;
const FORMS_WITHIN_MS = 30_000;

/** Starts six servers of one kind as a cluster on the loopback: three masters with a replica each. */
export async function startCluster(
  kind: ServerKind,
  options: ClusterOptions = {},
): Promise<ServerCluster> {
  const started = await Promise.allSettled(
    Array.from({ length: 2 * MASTERS }, async () =>
      startServer(kind, { isClustered: true, options: serverOptions(options) }),
    ),
  );
  const nodes = started.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const cluster = new ServerCluster(kind, nodes);
  try {
    for (const one of started) if (one.status === "rejected") throw one.reason;
    await form(nodes);
    await cluster.settled(FORMS_WITHIN_MS);
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
  return cluster;
}

/** Six real servers in a cluster. Which of them are masters changes when one of those dies. */
export class ServerCluster implements AsyncDisposable {
  readonly kind: ServerKind;
  /** The first three began as masters, of a third of the slots each, the others as their replicas. */
  readonly nodes: readonly ServerProcess[];

  /** Starting it is for `startCluster`. */
  constructor(kind: ServerKind, nodes: readonly ServerProcess[]) {
    this.kind = kind;
    this.nodes = nodes;
  }

  get ports(): readonly number[] {
    return this.nodes.map(({ port }) => port);
  }

  /** The masters of now, in the order of their slots, as the first node sees it that answers. */
  async masters(): Promise<ServerProcess[]> {
    const ranges = await this.#ranges();
    return [...new Set(ranges.map(({ port }) => this.#nodeAt(port)))];
  }

  /** The master of a key's slot now. */
  async masterOf(key: string): Promise<ServerProcess> {
    const slot = Number(textOf(await this.#ask("CLUSTER", "KEYSLOT", key)));
    const range = (await this.#ranges()).find(({ first, last }) => first <= slot && slot <= last);
    if (range === undefined) throw new Error(`Nobody serves slot ${slot}`);
    return this.#nodeAt(range.port);
  }

  /** Kills the master of the first, second or third range of slots (0 to 2) by SIGKILL. */
  async killMaster(index: number): Promise<ServerProcess> {
    const master = (await this.masters())[index];
    if (master === undefined) throw new Error(`There is no master ${index}`);
    await master.kill();
    return master;
  }

  /** Begins to move the slot of a key from its master to another one. It ends with `endMove`. */
  async beginMove(key: string): Promise<SlotMove> {
    const from = await this.masterOf(key);
    const to = (await this.masters()).find((node) => node !== from);
    if (to === undefined) throw new Error("There is one master only");
    const slot = await from.ask("CLUSTER", "KEYSLOT", key);
    const ids = [await from.ask("CLUSTER", "MYID"), await to.ask("CLUSTER", "MYID")] as const;
    await to.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", ids[0]);
    await from.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", ids[1]);
    return { slot, from, to };
  }

  /**
   * Ends a move: takes along the keys that are still where they were, and waits until all nodes know.
   * It has to: the new master claims the slot with a config epoch above all that it has heard of. Were
   * it moved again before it has heard of the last one, both masters could end up with the other one
   * as the slot's owner, for good.
   */
  async endMove({ slot, from, to }: SlotMove, keys: readonly string[] = []): Promise<void> {
    const target = ["127.0.0.1", String(to.port), "", "0", "5000"];
    if (keys.length > 0) await from.ask("MIGRATE", ...target, "KEYS", ...keys);
    const id = await to.ask("CLUSTER", "MYID");
    const others = (await this.masters()).filter((node) => node !== from && node !== to);
    for (const node of [to, from, ...others]) {
      await node.ask("CLUSTER", "SETSLOT", slot, "NODE", id);
    }
    await this.settled();
  }

  /**
   * Waits until every node that runs finds the cluster whole, with masters that run, and knows their
   * slots and config epochs, and every replica that runs follows its master. After the death of a
   * master that is when it was replaced.
   */
  async settled(withinMs = 15_000): Promise<void> {
    await until("the cluster is whole", async () => this.#isSettled(), withinMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map((node) => node[Symbol.asyncDispose]()));
  }

  async #isSettled(): Promise<boolean> {
    const running = this.nodes.filter(({ isRunning }) => isRunning);
    const views = await Promise.all(running.map((node) => viewOf(node)));
    const [first] = views;
    if (!views.every(({ isWhole, masters }) => isWhole && masters === first?.masters)) return false;
    // It takes a while until the others notice that a master is gone.
    return (await this.masters()).every((master) => running.includes(master));
  }

  async #ranges(): Promise<SlotRange[]> {
    const ranges = itemsOf(await this.#ask("CLUSTER", "SLOTS"));
    return ranges.map(rangeOf).sort((a, b) => a.first - b.first);
  }

  async #ask(...argv: readonly string[]): Promise<Reply> {
    return until("a node answers", async () => {
      const node = this.nodes.find(({ isRunning }) => isRunning);
      return node && oneCommand(node.port, ...argv);
    });
  }

  #nodeAt(port: number): ServerProcess {
    const node = this.nodes.find((node) => node.port === port);
    if (node === undefined) throw new Error(`No node of the cluster has port ${port}`);
    return node;
  }
}

/** A slot on its way from one master to another. */
export interface SlotMove {
  readonly slot: string;
  readonly from: ServerProcess;
  readonly to: ServerProcess;
}

interface SlotRange {
  readonly first: number;
  readonly last: number;
  /** Of the master. */
  readonly port: number;
}

/** Fast failover: no wait for a diskless copy, and a replica stands however old its data are. */
function serverOptions(options: ClusterOptions): string[] {
  const { nodeTimeoutMs = 1500, needsFullCoverage = true } = options;
  const settings = {
    "cluster-node-timeout": String(nodeTimeoutMs),
    "cluster-require-full-coverage": needsFullCoverage ? "yes" : "no",
    "cluster-announce-ip": "127.0.0.1",
    "cluster-replica-validity-factor": "0",
    "cluster-allow-replica-migration": "no",
    "repl-diskless-sync-delay": "0",
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  return [...flags, ...(options.options ?? [])];
}

async function form(nodes: readonly ServerProcess[]): Promise<void> {
  const masters = nodes.slice(0, MASTERS);
  for (const [index, master] of masters.entries()) {
    const first = Math.floor((index * SLOTS) / MASTERS);
    const last = Math.floor(((index + 1) * SLOTS) / MASTERS) - 1;
    await master.ask("CLUSTER", "ADDSLOTSRANGE", String(first), String(last));
    await master.ask("CLUSTER", "SET-CONFIG-EPOCH", String(index + 1));
  }
  // All meet all: left to gossip, it would take longer until all know each other.
  for (const [index, node] of nodes.entries()) {
    for (const { port } of nodes.slice(0, index)) {
      await node.ask("CLUSTER", "MEET", "127.0.0.1", String(port));
    }
  }
  for (const [index, replica] of nodes.slice(MASTERS).entries()) {
    const id = await (masters[index] as ServerProcess).ask("CLUSTER", "MYID");
    // It is refused until the replica has heard of its master.
    await until("a replica knows its master", async () => replica.ask("CLUSTER", "REPLICATE", id));
  }
}

/** What a node says of the cluster: whether all is well for it, and who serves which slots. */
async function viewOf(node: ServerProcess): Promise<{ isWhole: boolean; masters: string }> {
  const [state, replication, nodes] = await Promise.all([
    node.ask("CLUSTER", "INFO"),
    node.info("replication"),
    node.ask("CLUSTER", "NODES"),
  ]);
  const isLinked =
    replication.get("role") === "master" || replication.get("master_link_status") === "up";
  return { isWhole: isLinked && state.includes("cluster_state:ok"), masters: mastersOf(nodes) };
}

/** The ids, config epochs and slots of the masters that have any, from the reply to CLUSTER NODES. */
function mastersOf(nodes: string): string {
  const masters = nodes.split("\n").flatMap((line) => {
    const [id = "", , , , , , epoch = "", , ...ranges] = line.split(" ");
    // Only the two nodes themselves say that a slot is on its way: `[93->-id]`, `[93-<-id]`.
    const slots = ranges.filter((range) => !range.startsWith("["));
    return slots.length === 0 ? [] : [`${id} ${epoch} ${slots.join(" ")}`];
  });
  return masters.sort().join("\n");
}

function rangeOf(reply: Reply): SlotRange {
  const [first, last, master] = itemsOf(reply);
  const [, port] = itemsOf(master);
  return { first: integerOf(first), last: integerOf(last), port: integerOf(port) };
}

function integerOf(reply: Reply | undefined): number {
  if (reply?.kind === "integer") return Number(reply.value);
  throw new Error(`An integer was expected: received ${reply?.kind}`);
}
