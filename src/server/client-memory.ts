import v8 from "node:v8";
import { ReplyError } from "../commands/reply-error.ts";

/** Which part of the heap clients may fill beside the data: V8 ends the process at its limit. */
const HEAP_PART = 1 / 4;
/** What a watched or awaited key costs beside its bytes: a set of those who do, and two entries. */
const KEY_OVERHEAD_BYTES = 256;

/**
 * What the server remembers for all clients together beside the data, and may remember: the commands
 * that they queued, the keys that they watch or wait for, their names.
 */
export class ClientMemory {
  readonly #bytesMax = v8.getHeapStatistics().heap_size_limit * HEAP_PART;
  #bytes = 0;

  /** Takes so many bytes, unless they are not there. */
  take(bytes: number): boolean {
    if (this.#bytes + bytes > this.#bytesMax) return false;
    this.#bytes += bytes;
    return true;
  }

  /**
   * Takes so many bytes for something that is refused where they are not there.
   * @throws {ReplyError} that says what was too much
   */
  takeFor(what: string, bytes: number): void {
    if (!this.take(bytes)) throw new ReplyError(`ERR too much memory is taken by ${what}`);
  }

  /** Gives back what was taken. */
  give(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/** What it costs to watch keys, or to wait for them, in bytes. O(N). */
export function costOfKeys(keys: Iterable<string>): number {
  let bytes = 0;
  for (const key of keys) bytes += key.length + KEY_OVERHEAD_BYTES;
  return bytes;
}
