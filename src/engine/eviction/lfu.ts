import { PagedRefs } from "../../structures/paged-array.ts";
import { SlotLinks, SlotList } from "../../structures/slot-list.ts";
import { NO_SLOT } from "../../structures/slot-table.ts";
import type { EvictionPolicy } from "./policy.ts";

/** The keys that were used equally often, the one used last in front. */
interface FrequencyNode {
  frequency: number;
  readonly slots: SlotList;
  previous: FrequencyNode | undefined;
  next: FrequencyNode | undefined;
}

/**
 * Evicts the key that was used least often, and among those the one that was not used for the
 * longest time. Exact, and every call is O(1): a list of frequencies, each with a list of its keys
 * (K. Shah, A. Mitra and D. Matani, "An O(1) algorithm for implementing the LFU cache eviction
 * scheme", 2010). Counts never fade: where yesterday's favourites must not stay forever, `s3-fifo`
 * is the better choice.
 */
export class LfuPolicy implements EvictionPolicy {
  readonly entryBytes = 16;
  readonly #links = new SlotLinks();
  readonly #nodes = new PagedRefs<FrequencyNode>();
  #least: FrequencyNode | undefined;

  added(slot: number): void {
    this.#nodes.ensure(slot + 1);
    this.#place(slot, 1, undefined);
  }

  touched(slot: number): void {
    const node = this.#nodeOf(slot);
    const frequency = node.frequency + 1;
    if (node.slots.size === 1 && node.next?.frequency !== frequency) {
      // The only key of its frequency takes the node along.
      node.frequency = frequency;
      return;
    }
    node.slots.remove(slot);
    this.#place(slot, frequency, node);
    if (node.slots.size === 0) this.#unlink(node);
  }

  removed(slot: number): void {
    const node = this.#nodeOf(slot);
    node.slots.remove(slot);
    this.#nodes.set(slot, undefined);
    if (node.slots.size === 0) this.#unlink(node);
  }

  victim(kept: number): number {
    for (let node = this.#least; node !== undefined; node = node.next) {
      const last = node.slots.back;
      const victim = last === kept ? node.slots.previous(last) : last;
      if (victim !== NO_SLOT) return victim;
    }
    return NO_SLOT;
  }

  evicted(): void {
    // A key that went leaves no trace.
  }

  #nodeOf(slot: number): FrequencyNode {
    return this.#nodes.get(slot) as FrequencyNode;
  }

  /** Puts a slot into the node of this frequency, which is, or is made, right behind `before`. */
  #place(slot: number, frequency: number, before: FrequencyNode | undefined): void {
    const following = before === undefined ? this.#least : before.next;
    const node =
      following?.frequency === frequency ? following : this.#link(frequency, before, following);
    node.slots.pushFront(slot);
    this.#nodes.set(slot, node);
  }

  #link(
    frequency: number,
    previous: FrequencyNode | undefined,
    next: FrequencyNode | undefined,
  ): FrequencyNode {
    const node = { frequency, slots: new SlotList(this.#links), previous, next };
    if (previous === undefined) this.#least = node;
    else previous.next = node;
    if (next !== undefined) next.previous = node;
    return node;
  }

  #unlink(node: FrequencyNode): void {
    if (node.previous === undefined) this.#least = node.next;
    else node.previous.next = node.next;
    if (node.next !== undefined) node.next.previous = node.previous;
  }
}
