import type { LatencyEvent, LatencyPort, LatencySample } from "../../commands/server-port.ts";

/** Samples that are kept of each event: one a second, the newest. */
const SAMPLES_MAX = 160;

interface Series {
  maxMs: number;
  /** Oldest first. */
  readonly samples: LatencySample[];
}

/** The spikes of latency at or above a threshold, by the name of what was slow. */
export class LatencyMonitor implements LatencyPort {
  /** From so long on something is a spike; 0: nothing is noted (`latency-monitor-threshold`). */
  thresholdMs = 0;
  readonly #nowMs: () => number;
  readonly #series = new Map<string, Series>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get isOn(): boolean {
    return this.thresholdMs > 0;
  }

  /** Notes how long something took, if it was a spike; of several in a second the worst stays. */
  record(name: string, latencyMs: number): void {
    if (!this.isOn || latencyMs < this.thresholdMs) return;
    const series = this.#series.get(name) ?? { maxMs: 0, samples: [] };
    this.#series.set(name, series);
    const latency = Math.floor(latencyMs);
    series.maxMs = Math.max(series.maxMs, latency);
    const unixSeconds = Math.floor(this.#nowMs() / 1000);
    const last = series.samples.at(-1);
    if (last?.unixSeconds === unixSeconds) {
      series.samples.pop();
      series.samples.push({ unixSeconds, latencyMs: Math.max(last.latencyMs, latency) });
      return;
    }
    series.samples.push({ unixSeconds, latencyMs: latency });
    if (series.samples.length > SAMPLES_MAX) series.samples.shift();
  }

  events(): readonly LatencyEvent[] {
    return [...this.#series].map(([name, { maxMs, samples }]) => ({ name, maxMs, samples }));
  }

  event(name: string): LatencyEvent | undefined {
    const series = this.#series.get(name);
    return series === undefined ? undefined : { name, ...series };
  }

  reset(names: readonly string[]): number {
    if (names.length > 0) return names.filter((name) => this.#series.delete(name)).length;
    const count = this.#series.size;
    this.#series.clear();
    return count;
  }
}
