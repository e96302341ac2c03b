import { performance } from "node:perf_hooks";
import type { PauseMode } from "../commands/client-port.ts";

const TIMER_MS_MAX = 2 ** 31 - 1;

/** CLIENT PAUSE: a time in which commands, or those that write, are held back. */
export class Pause {
  mode: PauseMode | undefined;
  readonly #held = new Set<() => void>();
  #endsAtMs = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Is told when a pause begins. */
  onBegin: () => void = () => {};

  /** Pauses for so long from now on; a pause that is longer or holds more back stays so. */
  begin(mode: PauseMode, durationMs: number): void {
    this.mode = this.mode === "all" ? "all" : mode;
    this.#endsAtMs = Math.max(this.#endsAtMs, performance.now() + durationMs);
    this.#sleep();
    this.onBegin();
  }

  /** Whether a command is held back now; `writes`: whether it may change something. */
  holds(writes: boolean): boolean {
    if (this.mode === undefined) return false;
    if (performance.now() >= this.#endsAtMs) {
      this.end();
      return false;
    }
    return this.mode === "all" || writes;
  }

  /** Calls back when the pause is over. */
  hold(resume: () => void): void {
    this.#held.add(resume);
  }

  /** Calls a client back no longer. */
  drop(resume: () => void): void {
    this.#held.delete(resume);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.mode = undefined;
    this.#endsAtMs = 0;
    const held = [...this.#held];
    this.#held.clear();
    for (const resume of held) resume();
  }

  #sleep(): void {
    clearTimeout(this.#timer);
    const ms = Math.max(1, Math.min(this.#endsAtMs - performance.now(), TIMER_MS_MAX));
    this.#timer = setTimeout(() => {
      if (performance.now() >= this.#endsAtMs) this.end();
      else this.#sleep();
    }, ms);
    this.#timer.unref();
  }
}
