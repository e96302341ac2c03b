import { CacheError } from "laurel";
import type { History } from "./checker/history.ts";
import type { Cluster } from "./cluster.ts";
import type { Coordinator } from "./coordinator.ts";
import { Dice } from "./dice.ts";
import type { Plan } from "./plan.ts";
import { checkPlacement } from "./quiet.ts";
import { describeValue } from "./simulated-node.ts";
import type { Trace } from "./trace.ts";
import type { VirtualWorld } from "./virtual-world.ts";

export interface RepairParts {
  readonly world: VirtualWorld;
  readonly trace: Trace;
  readonly cluster: Cluster;
  readonly coordinator: Coordinator;
  readonly history: History;
}

/** A deadline that nobody gave, so far ahead that it does not come. */
const STRANGE_TTL_MS = 10 ** 9;

/** Calls `repair()` while everything else goes on, as often as the plan says. */
export async function repairNowAndThen(
  plan: Plan,
  parts: RepairParts,
  overMs: number,
  isOver: () => boolean,
): Promise<void> {
  const dice = new Dice(plan.seed ^ 0x7e41);
  for (let i = 0; i < plan.repairs; i++) {
    await parts.world.sleep(dice.span(overMs / plan.repairs));
    if (isOver()) return;
    await repair(parts);
  }
}

/** Behind the coordinator's back, replicas are made to differ: `repair()` makes them equal again. */
export async function checkRepair(plan: Plan, parts: RepairParts): Promise<void> {
  const dice = new Dice(plan.seed ^ 0x6a09);
  const { cluster, history, trace } = parts;
  for (const key of history.keys.keys()) {
    const { store } = dice.pick(cluster.ownersOf(key));
    if (store.peek(key) === undefined || dice.chance(0.5)) continue;
    trace.add(`== ${key} on ${store.name} is tampered with`);
    if (dice.chance(0.5)) await store.delete(key);
    else await store.expire(key, STRANGE_TTL_MS);
  }
  await repair(parts);
  checkPlacement(plan, cluster, history);
}

async function repair({ coordinator, history, trace }: RepairParts): Promise<void> {
  trace.add("== repair");
  try {
    trace.add(`== repair: ${describeValue(await coordinator.repair())}`);
  } catch (error) {
    trace.add(`== repair failed: ${describeValue(error)}`);
    if (error instanceof CacheError) return;
    history.report("errors are typed", `repair rejected with ${String(error)}`);
  }
}
