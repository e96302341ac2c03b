import type { History } from "./checker/history.ts";
import type { Cluster } from "./cluster.ts";
import type { Coordinator } from "./coordinator.ts";
import type { Held } from "./observed-store.ts";
import type { Plan } from "./plan.ts";
import type { SimulatedNode } from "./simulated-node.ts";

/**
 * How far deadlines may be apart where some nodes can only tell what is left of a ttl: each copy
 * adds the time that the answer took.
 */
export const MIXED_SLACK_MS = 5000;

/** What there is in the metrics of a coordinator that quiet must bring to rest. */
export interface Backlog {
  readonly replicationFailures?: number;
  readonly dirtyKeys?: number;
  readonly queuedWrites?: number;
}

/** What a coordinator is still behind with; `undefined`: nothing, all its nodes are well. */
export function unrest(coordinator: Coordinator): string | undefined {
  for (const { id } of coordinator.nodes()) {
    const health = coordinator.nodeHealth(id);
    if (health !== "healthy") return `${id} is ${health}`;
  }
  const { dirtyKeys = 0, queuedWrites = 0 }: Backlog = coordinator.metrics();
  if (dirtyKeys > 0) return `dirtyKeys is ${dirtyKeys}`;
  if (queuedWrites > 0) return `queuedWrites is ${queuedWrites}`;
  return undefined;
}

/** Checks that each key is on exactly its owners, and equal on all of them. */
export function checkPlacement(plan: Plan, cluster: Cluster, history: History): void {
  const members = cluster.members();
  for (const node of cluster.nodes.values()) {
    if (!members.includes(node) && !node.hasLeft) continue;
    for (const key of node.store.heldKeys()) {
      if (members.includes(node) && cluster.ownersOf(key).includes(node)) continue;
      const owners = cluster.ownersOf(key).map(({ id }) => id);
      const message = `${key} is on ${node.id}, and belongs on ${owners.join(", ")}`;
      history.report("on exactly its owners", message, [key]);
    }
  }
  for (const key of history.keys.keys()) checkEqual(plan, key, cluster.ownersOf(key), history);
}

function checkEqual(
  plan: Plan,
  key: string,
  owners: readonly SimulatedNode[],
  history: History,
): void {
  // A key that one owner evicted may begin anew there while another one still has the former.
  if (history.wasEvicted(key)) return;
  const states = owners.map((node) => {
    const held = node.store.peek(key);
    return { node, held, state: describe(held) };
  });
  const [first] = states;
  if (first === undefined) return;
  if (states.every(({ held }) => areEqual(held, first.held, plan.isMixed))) return;
  const all = states.map(({ node, state }) => `${node.id} holds ${state}`).join("; ");
  history.report("equal on all owners", `${key}: ${all}`, [key]);
}

function areEqual(a: Held | undefined, b: Held | undefined, isMixed: boolean): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.content !== b.content) return false;
  if (a.expiresAt === b.expiresAt) return true;
  return isMixed && Math.abs(a.expiresAt - b.expiresAt) <= MIXED_SLACK_MS;
}

function describe(held: Held | undefined): string {
  return held === undefined ? "nothing" : `${held.content} until ${held.expiresAt}`;
}
