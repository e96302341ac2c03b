import type { History } from "./checker/history.ts";
import type { Coordinator } from "./coordinator.ts";
import type { Plan } from "./plan.ts";

/** Checks that no queue of the coordinator is longer than it may be. */
export function checkLimits(plan: Plan, coordinator: Coordinator, history: History): void {
  const { maxDirtyKeys, maxQueuedBytes } = plan.coordinator;
  if (maxDirtyKeys === undefined && maxQueuedBytes === undefined) return;
  const nodes = coordinator.nodes().length;
  const metrics: { dirtyKeys?: number; queuedBytes?: number } = coordinator.metrics();
  checkLimit("dirtyKeys", metrics.dirtyKeys, maxDirtyKeys, nodes, history);
  checkLimit("queuedBytes", metrics.queuedBytes, maxQueuedBytes, nodes, history);
}

function checkLimit(
  name: string,
  value: number | undefined,
  limitOfNode: number | undefined,
  nodes: number,
  history: History,
): void {
  if (limitOfNode === undefined || value === undefined || value <= limitOfNode * nodes) return;
  const message = `${name} is ${value}: ${nodes} nodes may have ${limitOfNode} each`;
  history.report("bounded queues", message);
}
