import type { Clock } from "../engine/clock.ts";

/** How far the time may lag behind within a turn, in milliseconds. */
const LAG_MS_MAX = 1;

/**
 * The wall clock, read once for all commands of a turn, which come and go within microseconds, and
 * again when a command took a while; between turns it tells the very time. As in Redis, the
 * time does not pass while a command runs.
 */
export class TurnClock implements Clock {
  #turnMs: number | undefined;
  /** When the wall clock was read last, by the monotonic clock. */
  #readAt = 0;

  now(): number {
    return this.#turnMs ?? Date.now();
  }

  /** A turn begins, at a time of the monotonic clock. @returns the time of the wall clock */
  begin(monotonicMs: number): number {
    const nowMs = Date.now();
    this.#turnMs = nowMs;
    this.#readAt = monotonicMs;
    return nowMs;
  }

  /** A command ended, at a time of the monotonic clock. */
  advance(monotonicMs: number): void {
    if (this.#turnMs === undefined || monotonicMs - this.#readAt < LAG_MS_MAX) return;
    this.begin(monotonicMs);
  }

  /** The turn is over. */
  end(): void {
    this.#turnMs = undefined;
  }
}
