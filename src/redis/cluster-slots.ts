import type { Reply } from "./port.ts";
import { connectionError } from "./server-errors.ts";

/** Where a node of a Cluster is. */
export interface NodeAddress {
  readonly host: string;
  readonly port: number;
}

/** Slots, the last one included, and the nodes that hold their keys. */
export interface SlotRange {
  readonly first: number;
  readonly last: number;
  readonly master: NodeAddress;
  readonly replicas: readonly NodeAddress[];
}

/** The name by which a node is known: `host:port`. */
export function nameOf({ host, port }: NodeAddress): string {
  return `${host}:${port}`;
}

/**
 * The reply to CLUSTER SLOTS.
 * @param askedHost who was asked; a node that does not know its own name is there
 * @throws {CacheError} `CONNECTION_FAILED` where no range is served: the node is in no Cluster (yet)
 */
export function parseSlots(reply: Reply, askedHost: string): SlotRange[] {
  const ranges: SlotRange[] = [];
  for (const range of listOf(reply)) {
    const [first = null, last = null, master = null, ...replicas] = listOf(range);
    ranges.push({
      first: Number(first),
      last: Number(last),
      master: parseNode(master, askedHost),
      replicas: replicas.map((replica) => parseNode(replica, askedHost)),
    });
  }
  if (ranges.length === 0) throw connectionError(new Error("The node serves no slots"));
  return ranges;
}

function parseNode(node: Reply, askedHost: string): NodeAddress {
  const [host = null, port = null] = listOf(node);
  const name = host === null ? "" : String(host);
  return { host: name === "" || name === "?" ? askedHost : name, port: Number(port) };
}

function listOf(reply: Reply): readonly Reply[] {
  return Array.isArray(reply) ? (reply as readonly Reply[]) : [];
}
