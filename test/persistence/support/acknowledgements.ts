import type { Fsync } from "../../../src/persistence/settings.ts";
import { type Data, textOf } from "./data-of.ts";

/** How long what was written may be lost by a power cut with `everysec`, in milliseconds. */
const EVERYSEC_MS_MAX = 1500;

/** What a history promised: the data after each unit, and which of these may not be lost any more. */
export class Acknowledgements {
  /** The data after each unit, the first one as it was found. */
  readonly #states: { data: Data; atMs: number }[];
  readonly #fsync: Fsync;
  /** The last state that even a power cut must leave. */
  #settled = 0;
  /** The last state that the end of the process must leave. */
  #committed = 0;
  /** Since when the journal has been written without trouble; `undefined`: it is not now. */
  #soundSinceMs: number | undefined;

  constructor(fsync: Fsync, data: Data, nowMs: number) {
    this.#fsync = fsync;
    this.#states = [{ data, atMs: nowMs }];
    this.#soundSinceMs = nowMs;
  }

  /** The number of the last state. */
  get last(): number {
    return this.#states.length - 1;
  }

  /** A unit was carried out. @returns its number */
  push(data: Data, nowMs: number): number {
    return this.#states.push({ data, atMs: nowMs }) - 1;
  }

  /** Somebody was told that everything up to here is safe from a power cut. */
  settled(state: number): void {
    this.#settled = Math.max(this.#settled, state);
    this.committed(state);
  }

  /** Everything up to here was handed to the system. */
  committed(state: number): void {
    this.#committed = Math.max(this.#committed, state);
  }

  /** Time has passed, while the journal could be written, or not. */
  passed(nowMs: number, isSound: boolean): void {
    if (!isSound) {
      this.#soundSinceMs = undefined;
      return;
    }
    this.#soundSinceMs ??= nowMs;
    if (this.#fsync !== "everysec" || nowMs - this.#soundSinceMs < EVERYSEC_MS_MAX) return;
    for (let i = this.#settled; i <= this.last; i++) {
      if ((this.#states[i] as { atMs: number }).atMs > nowMs - EVERYSEC_MS_MAX) break;
      this.settled(i);
    }
  }

  /**
   * Looks for what was found again among the states that may be found: those from the last one on
   * that had to be left.
   * @returns its number; `undefined`: it is none of them
   */
  find(found: Data, nowMs: number, end: "power cut" | "kill"): number | undefined {
    const text = textOf(found, nowMs);
    const first = this.firstAllowed(end);
    for (let i = this.last; i >= first; i--) {
      if (textOf((this.#states[i] as { data: Data }).data, nowMs) === text) return i;
    }
    return undefined;
  }

  firstAllowed(end: "power cut" | "kill"): number {
    return end === "kill" ? this.#committed : this.#settled;
  }

  /** What a state was, as a text. */
  textAt(state: number, nowMs: number): string {
    return textOf((this.#states[state] as { data: Data }).data, nowMs);
  }

  /** Whether what was found is a state that is too old, to tell it from nonsense. */
  isOlder(found: Data, nowMs: number, end: "power cut" | "kill"): boolean {
    const text = textOf(found, nowMs);
    return this.#states
      .slice(0, this.firstAllowed(end))
      .some(({ data }) => textOf(data, nowMs) === text);
  }
}
