import type { History } from "./checker/history.ts";
import type { Cluster } from "./cluster.ts";
import type { Coordinator } from "./coordinator.ts";

/**
 * Watches for nodes that missed more than the coordinator can remember. Such a node is resynced
 * against the other owners; but when several owners of a key are in that state at once, and at most
 * one that has not crashed is not, nobody may know which of them has the latest, and what was written before
 * may be lost. It was told aloud: the `dropped` event says it. It is over when everything was well at once.
 */
export function watchOverflows(coordinator: Coordinator, cluster: Cluster, history: History): void {
  const overflowed = new Set<string>();
  const crashed = new Set<string>();
  const judge = (): void => {
    if (overflowed.size < 2) return;
    for (const key of history.keys.keys()) {
      const survivors = cluster.ownersOf(key).filter(({ id }) => !crashed.has(id));
      const unsure = survivors.filter(({ id }) => overflowed.has(id));
      if (unsure.length > 1 && unsure.length >= survivors.length - 1) history.excuse(key);
    }
  };
  coordinator.on("dropped", (event) => {
    overflowed.add((event as { id: string }).id);
    judge();
  });
  cluster.onCrash = (id) => {
    crashed.add(id);
    judge();
  };
  coordinator.on("health", (event) => {
    const { id, to } = event as { id: string; to: string };
    // It has what the others could give it.
    if (to === "healthy") crashed.delete(id);
    const isWell = coordinator.nodes().every(({ id }) => coordinator.nodeHealth(id) === "healthy");
    if (!isWell) return;
    overflowed.clear();
    crashed.clear();
  });
}
