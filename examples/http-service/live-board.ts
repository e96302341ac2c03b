import type { Writable } from "node:stream";
import type { Timers } from "laurel";

export interface LiveBoardOptions {
  /** Reads the state that is to be shown. */
  readonly read: () => Promise<unknown>;
  /** Takes what `read` failed with; the next heartbeat tries again. */
  readonly onError: (error: unknown) => void;
  /** How long changes are collected before they are sent as one. */
  readonly coalesceMs: number;
  /** How often a connection gives a sign of life, and how late changes made elsewhere are seen. */
  readonly heartbeatMs: number;
  readonly timers: Timers;
}

/**
 * Server-sent events of what a board shows, for any number of listeners: one read serves all.
 *
 * Each event is the whole state and not a change to it. So nothing has to be kept for a listener that
 * is slow: it misses states, and gets the latest one when its connection takes data again. Changes
 * that are not announced, such as those of another process, are found at the next heartbeat.
 */
export class LiveBoard {
  readonly #options: LiveBoardOptions;
  readonly #listeners = new Set<Listener>();
  #soon: unknown;
  #heartbeat: unknown;
  #readsBegun = 0;
  #readShown = 0;

  constructor(options: LiveBoardOptions) {
    this.#options = options;
  }

  /**
   * Sends its state to a stream, `state` at once, until the stream closes.
   * @param onLeave is told then how many listeners there still are
   */
  join(stream: Writable, state: unknown, onLeave: (listeners: number) => void): void {
    const listener = new Listener(stream);
    this.#listeners.add(listener);
    stream.once("close", () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#stop();
      onLeave(this.#listeners.size);
    });
    listener.show(eventOf(state));
    // It may have changed since it was read.
    this.changed();
    if (this.#heartbeat === undefined) this.#beatLater();
  }

  /** Says that the state may have changed: it is read soon, once for all that is said meanwhile. */
  changed(): void {
    if (this.#soon !== undefined || this.#listeners.size === 0) return;
    this.#soon = this.#options.timers.setTimeout(() => {
      this.#soon = undefined;
      void this.#send();
    }, this.#options.coalesceMs);
  }

  /** Ends all streams: a browser connects again by itself. */
  end(): void {
    for (const listener of this.#listeners) listener.end();
  }

  async #send(): Promise<void> {
    const read = ++this.#readsBegun;
    try {
      const event = eventOf(await this.#options.read());
      // A read that took long is older than one that began later.
      if (read < this.#readShown) return;
      this.#readShown = read;
      for (const listener of this.#listeners) listener.show(event);
    } catch (error) {
      this.#options.onError(error);
    }
  }

  #beatLater(): void {
    this.#heartbeat = this.#options.timers.setTimeout(() => {
      for (const listener of this.#listeners) listener.beat();
      void this.#send();
      this.#beatLater();
    }, this.#options.heartbeatMs);
  }

  #stop(): void {
    for (const timer of [this.#soon, this.#heartbeat]) {
      if (timer !== undefined) this.#options.timers.clearTimeout(timer as never);
    }
    this.#soon = this.#heartbeat = undefined;
  }
}

function eventOf(state: unknown): string {
  return `data: ${JSON.stringify(state)}\n\n`;
}

/** One connection: what it has been sent, and whether it takes more. */
class Listener {
  readonly #stream: Writable;
  #latest = "";
  #sent = "";
  /** Heartbeats since the connection was full. */
  #beatsMissed = 0;

  constructor(stream: Writable) {
    this.#stream = stream;
    // Whoever is cut off comes back after two seconds.
    stream.write("retry: 2000\n\n");
    stream.on("drain", () => {
      this.#beatsMissed = 0;
      this.show(this.#latest);
    });
  }

  show(event: string): void {
    this.#latest = event;
    if (event === this.#sent || !this.#isOpen || this.#stream.writableNeedDrain) return;
    this.#stream.write(event);
    this.#sent = event;
  }

  /** Sends a comment, so that nobody on the way takes the connection for dead. */
  beat(): void {
    if (!this.#isOpen) return;
    if (!this.#stream.writableNeedDrain) this.#stream.write(": still here\n\n");
    // Nothing has been taken from it for a whole heartbeat: its memory is better used.
    else if (++this.#beatsMissed > 1) this.#stream.destroy();
  }

  end(): void {
    this.#stream.end();
  }

  get #isOpen(): boolean {
    return !this.#stream.writableEnded && !this.#stream.destroyed;
  }
}
