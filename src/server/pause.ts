import { performance } from "node:perf_hooks";
import type { PauseMode } from "../commands/client-port.ts";
import { DeadlineTimer } from "./deadline-timer.ts";

/** CLIENT PAUSE: a time in which commands, or those that write, are held back. */
export class Pause {
  mode: PauseMode | undefined;
  readonly #held = new Set<() => void>();
  #endsAtMs = 0;
  #timer: DeadlineTimer | undefined;
  /** Is told when a pause begins. */
  onBegin: () => void = () => {};

  /** Pauses for so long from now on; a pause that is longer or holds more back stays so. */
  begin(mode: PauseMode, durationMs: number): void {
    this.mode = this.mode === "all" ? "all" : mode;
    this.#endsAtMs = Math.max(this.#endsAtMs, performance.now() + durationMs);
    this.#timer?.cancel();
    this.#timer = new DeadlineTimer(this.#endsAtMs, () => this.end());
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
    this.#timer?.cancel();
    this.mode = undefined;
    this.#endsAtMs = 0;
    const held = [...this.#held];
    this.#held.clear();
    for (const resume of held) resume();
  }
}
