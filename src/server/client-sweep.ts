import { performance } from "node:perf_hooks";
import type { ServerState } from "./server-state.ts";

const INTERVAL_MS = 1000;

/**
 * Closes clients that were silent for too long, or that left too much unread for too long. One
 * timer for all: it looks at them once a second, while there is such a limit.
 */
export class ClientSweep {
  readonly #state: ServerState;
  readonly #timer: NodeJS.Timeout;

  constructor(state: ServerState) {
    this.#state = state;
    this.#timer = setInterval(() => this.sweep(), INTERVAL_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Looks at all clients once. O(clients). */
  sweep(): void {
    const { clients, limits } = this.#state;
    const idleMsMax = limits.idleSeconds * 1000;
    const hasSoftLimit = limits.outputSoftBytes > 0;
    if (idleMsMax === 0 && !hasSoftLimit) return;
    const nowMs = this.#state.nowMs();
    const softBeforeMs = performance.now() - limits.outputSoftSeconds * 1000;
    for (const { connection, waiting } of clients.all()) {
      const isIdle = idleMsMax > 0 && nowMs - connection.lastReadMs > idleMsMax;
      const { softSinceMs } = connection;
      const isBehind = hasSoftLimit && softSinceMs > 0 && softSinceMs <= softBeforeMs;
      // Who waits for keys is silent because it was told to.
      if ((isIdle && waiting === undefined) || isBehind) connection.destroy();
    }
  }
}
