const MS_PER_SECOND = 1000;

/** How background work of one kind goes, and went the last time. */
export class JobRecord {
  /** How often it was done. */
  count = 0;
  /** Why it failed the last time; `undefined`: it did not. */
  failure: Error | undefined;
  /** How often it failed since it was done the last time. */
  failures = 0;
  /** When it was begun last, whatever became of it. */
  triedAtMs = -Infinity;
  /** How long it took the last time, in seconds; -1: it was never done. */
  lastSeconds = -1;
  readonly #nowMs: () => number;
  #startedAtMs: number | undefined;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get isRunning(): boolean {
    return this.#startedAtMs !== undefined;
  }

  /** For how long it has been under way, in seconds; -1: it is not. */
  get currentSeconds(): number {
    return this.#startedAtMs === undefined ? -1 : this.#secondsSince(this.#startedAtMs);
  }

  started(): void {
    this.triedAtMs = this.#nowMs();
    this.#startedAtMs = this.triedAtMs;
  }

  succeeded(): void {
    this.lastSeconds = this.#secondsSince(this.#startedAtMs ?? this.#nowMs());
    this.#startedAtMs = undefined;
    this.failure = undefined;
    this.failures = 0;
    this.count++;
  }

  failed(error: Error): void {
    this.#startedAtMs = undefined;
    this.failure = error;
    this.failures++;
  }

  /** It was given up: as if it had not been begun. */
  dropped(): void {
    this.#startedAtMs = undefined;
  }

  #secondsSince(atMs: number): number {
    return Math.max(0, Math.round((this.#nowMs() - atMs) / MS_PER_SECOND));
  }
}
