import { GhostQueue } from "../../structures/ghost-queue.ts";
import { PagedInt32 } from "../../structures/paged-array.ts";
import { SlotLinks, SlotList } from "../../structures/slot-list.ts";
import { NO_SLOT } from "../../structures/slot-table.ts";
import type { EvictionPolicy } from "./policy.ts";

/** The part of all keys that the small queue may hold before keys are evicted from it. */
const SMALL_SHARE = 0.1;
/** Uses are counted up to here. */
const USES_MAX = 3;
/** A key that was used more often than this in the small queue goes on to the main one. */
const USES_TO_STAY = 1;

/** By slot: the uses since the key came or was last spared, and the queue that it stands in. */
const USES_MASK = 3;
const IN_MAIN = 4;

/**
 * S3-FIFO (J. Yang, Y. Zhang, Z. Qiu, Y. Yue and R. Vinayak, "FIFO queues are all you need for
 * cache eviction", SOSP 2023): a small queue in which most keys that are used only once leave
 * soon, a main queue for the others, and a ghost queue of the hashes of keys that left the small
 * one; who comes back from there goes straight to the main queue. A use only counts up to three,
 * nothing moves for it. A scan over many keys passes through the small queue and leaves the main
 * one as it was. Every call is O(1) amortised.
 *
 * It departs from the paper in one thing: queue sizes are shares of the keys there are, since a limit on
 * memory does not say how many fit.
 */
export class S3FifoPolicy implements EvictionPolicy {
  readonly entryBytes = 8 + 4 + 16;
  readonly #small: SlotList;
  readonly #main: SlotList;
  readonly #ghosts = new GhostQueue();
  readonly #states = new PagedInt32();

  constructor() {
    const links = new SlotLinks();
    this.#small = new SlotList(links);
    this.#main = new SlotList(links);
  }

  added(slot: number, hash: number): void {
    this.#states.ensure(slot + 1);
    if (this.#ghosts.remove(hash)) this.#enterMain(slot, 0);
    else {
      this.#states.set(slot, 0);
      this.#small.pushFront(slot);
    }
  }

  touched(slot: number): void {
    const state = this.#states.get(slot);
    if ((state & USES_MASK) < USES_MAX) this.#states.set(slot, state + 1);
  }

  removed(slot: number): void {
    this.#queueOf(slot).remove(slot);
  }

  victim(kept: number): number {
    const size = this.#small.size + this.#main.size;
    if (size === 0 || (size === 1 && kept !== NO_SLOT)) return NO_SLOT;
    for (;;) {
      const fromSmall = this.#main.size === 0 || this.#small.size > size * SMALL_SHARE;
      const slot = fromSmall ? this.#small.back : this.#main.back;
      const uses = this.#states.get(slot) & USES_MASK;
      if (slot !== kept && uses <= (fromSmall ? USES_TO_STAY : 0)) return slot;
      this.#queueOf(slot).remove(slot);
      this.#enterMain(slot, fromSmall ? 0 : Math.max(0, uses - 1));
    }
  }

  evicted(slot: number, hash: number): void {
    const wasInSmall = (this.#states.get(slot) & IN_MAIN) === 0;
    if (wasInSmall) this.#ghosts.push(hash, this.#small.size + this.#main.size);
  }

  #enterMain(slot: number, uses: number): void {
    this.#states.set(slot, IN_MAIN | uses);
    this.#main.pushFront(slot);
  }

  #queueOf(slot: number): SlotList {
    return (this.#states.get(slot) & IN_MAIN) === 0 ? this.#small : this.#main;
  }
}
