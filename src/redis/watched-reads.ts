import type { Timers } from "../cache/platform.ts";
import { type SortedSetState, STATE_CHUNK_MEMBERS } from "../cache/state-transfer.ts";
import type { CallAccess } from "./call-access.ts";
import { Lifetimes } from "./lifetimes.ts";
import type { Argument } from "./port.ts";
import { type SetPart, WatchedRead } from "./watched-read.ts";

/** How many sorted sets are read in chunks at once: each holds a connection. Others wait in line. */
const OPEN_READS_MAX = 3;

/** A cursor is a rank and, in its upper bits, the read to go on with: 0 for none. */
const RANKS = 2 ** 32;
const READ_IDS = 2 ** 20;

/** An open read, and what all its chunks have in common. */
interface OpenRead {
  readonly read: WatchedRead;
  readonly id: number;
  readonly version: number;
}

/**
 * The sorted sets of a cache that are being read in chunks, and the versions that tell the chunks of one from those
 * of another: a server has no such number, so each read has its own, and whatever is not known to be of
 * that read's set has one that nothing else has.
 */
export class WatchedReads {
  readonly lifetimes = new Lifetimes();
  readonly #timers: Timers;
  readonly #reads = new Map<number, OpenRead>();
  readonly #waiting: (() => void)[] = [];
  #version = 0;
  #held = 0;

  /** @param timers limit how long a connection is held for the next chunk of a set */
  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Begins to read a set; `undefined`: it has not several chunks (any more). */
  async begin(access: CallAccess, key: Argument): Promise<SortedSetState | undefined> {
    await this.#turn();
    const read = new WatchedRead(access, key, this.#timers, this.lifetimes);
    const version = ++this.#version;
    const id = (version % (READ_IDS - 1)) + 1;
    this.#reads.set(id, { read, id, version });
    const part = await read.begin(() => {
      this.#reads.delete(id);
      this.#leave();
    });
    return part && stateOf(part, version, 0, id);
  }

  /** The next chunk of a set; `undefined`: its read is over, or was never begun. */
  async next(key: Argument, cursor: number): Promise<SortedSetState | undefined> {
    const open = this.#reads.get(Math.floor(cursor / RANKS));
    if (open === undefined || !isSame(open.read.key, key)) return undefined;
    const rank = rankOf(cursor);
    const part = await open.read.next(rank);
    return part && stateOf(part, open.version, rank, open.id);
  }

  /** A chunk that belongs to no read: if it is not the whole set, the next one has another version. */
  single(part: SetPart, rank: number): SortedSetState {
    return stateOf(part, ++this.#version, rank, 0);
  }

  /** Ends all reads. */
  close(): void {
    for (const { read } of this.#reads.values()) read.end();
  }

  async #turn(): Promise<void> {
    if (this.#held < OPEN_READS_MAX) {
      this.#held++;
      return;
    }
    for (const { read } of this.#reads.values()) read.hurry();
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Whoever waits takes the place over. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#held--;
    else next();
  }
}

/** The rank that a cursor stands for. */
export function rankOf(cursor: number): number {
  return cursor % RANKS;
}

function stateOf(part: SetPart, version: number, rank: number, readId: number): SortedSetState {
  const next = rank + STATE_CHUNK_MEMBERS;
  const cursor = next < part.size ? readId * RANKS + next : 0;
  return { type: "sorted-set", ...part, version, cursor };
}

function isSame(a: Argument, b: Argument): boolean {
  return typeof a === "string" || typeof b === "string" ? a === b : a.equals(b);
}
