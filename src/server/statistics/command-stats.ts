import { LatencyHistogram } from "./latency-histogram.ts";

/**
 * What is counted of each command and subcommand, by its number in the table: the dispatcher looks
 * nothing up. `calls` were carried out, `failed` of them replied with an error; `rejected` ones
 * were not carried out.
 */
export class CommandStats {
  readonly calls: Float64Array;
  readonly micros: Float64Array;
  readonly failed: Float64Array;
  readonly rejected: Float64Array;
  /** Whether histograms are kept (`latency-tracking`). */
  isTracking = true;
  readonly #histograms: (LatencyHistogram | undefined)[];

  /** @param count how many numbers there are */
  constructor(count: number) {
    this.calls = new Float64Array(count);
    this.micros = new Float64Array(count);
    this.failed = new Float64Array(count);
    this.rejected = new Float64Array(count);
    this.#histograms = new Array<LatencyHistogram | undefined>(count).fill(undefined);
  }

  /** Counts a call that was carried out. O(1). */
  record(number: number, micros: number): void {
    this.calls[number] = (this.calls[number] ?? 0) + 1;
    this.micros[number] = (this.micros[number] ?? 0) + micros;
    if (!this.isTracking) return;
    const histogram = this.#histograms[number] ?? this.#newHistogram(number);
    histogram.record(micros);
  }

  /** Counts that a call which was carried out replied with an error. */
  fail(number: number): void {
    this.failed[number] = (this.failed[number] ?? 0) + 1;
  }

  /** Counts a call that was not carried out. */
  reject(number: number): void {
    this.rejected[number] = (this.rejected[number] ?? 0) + 1;
  }

  /** All calls that were carried out. O(commands). */
  get totalCalls(): number {
    return this.calls.reduce((sum, calls) => sum + calls, 0);
  }

  histogram(number: number): LatencyHistogram | undefined {
    return this.#histograms[number];
  }

  reset(): void {
    for (const counts of [this.calls, this.micros, this.failed, this.rejected]) counts.fill(0);
    this.#histograms.fill(undefined);
  }

  #newHistogram(number: number): LatencyHistogram {
    const histogram = new LatencyHistogram();
    this.#histograms[number] = histogram;
    return histogram;
  }
}
