import v8 from "node:v8";

/**
 * Which part of the heap the queues of all transactions may take: V8 ends the process at its limit.
 */
const HEAP_PART = 1 / 4;

/** What the queued commands of all clients may hold together, and do hold. */
export class QueueBudget {
  readonly #bytesMax = v8.getHeapStatistics().heap_size_limit * HEAP_PART;
  #bytes = 0;

  /** Takes so many bytes, unless they are not there. */
  take(bytes: number): boolean {
    if (this.#bytes + bytes > this.#bytesMax) return false;
    this.#bytes += bytes;
    return true;
  }

  /** Gives back what was taken. */
  give(bytes: number): void {
    this.#bytes -= bytes;
  }
}
