import { SlotLinks, SlotList } from "../../structures/slot-list.ts";
import { NO_SLOT } from "../../structures/slot-table.ts";
import type { EvictionPolicy } from "./policy.ts";

/** Evicts the key that was not used for the longest time. Exact; every call is O(1). */
export class LruPolicy implements EvictionPolicy {
  readonly entryBytes = 8;
  /** The key used last is in front. */
  readonly #recency = new SlotList(new SlotLinks());

  added(slot: number): void {
    this.#recency.pushFront(slot);
  }

  touched(slot: number): void {
    if (this.#recency.front === slot) return;
    this.#recency.remove(slot);
    this.#recency.pushFront(slot);
  }

  removed(slot: number): void {
    this.#recency.remove(slot);
  }

  victim(kept: number): number {
    const last = this.#recency.back;
    return last === kept && last !== NO_SLOT ? this.#recency.previous(last) : last;
  }

  evicted(): void {
    // A key that went leaves no trace.
  }
}
