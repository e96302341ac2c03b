import type { LatencyHistogram as HistogramReport } from "../../commands/server-port.ts";

/** Times below this share one bin, in nanoseconds. */
const FIRST_NANOS = 1024;
const FIRST_OCTAVE = 10;
/** Longer times count as this one, in nanoseconds: a second. */
const NANOS_MAX = 1e9;
/** Bins of one doubling: two significant digits. */
const BINS_PER_OCTAVE = 128;
/** 2 to this is the number of bins of a doubling. */
const SHIFT = 7;
const OCTAVES = 20;

/**
 * How long the calls of one command took: counts in bins that grow with the time, so that each has
 * two significant digits, as in an HDR histogram (G. Tene, https://hdrhistogram.org). 10 KB.
 */
export class LatencyHistogram {
  calls = 0;
  readonly #counts = new Uint32Array(1 + OCTAVES * BINS_PER_OCTAVE);

  /** Counts a call. O(1). */
  record(micros: number): void {
    const nanos = Math.min(Math.round(micros * 1000), NANOS_MAX);
    const bin = binOf(nanos);
    this.#counts[bin] = (this.#counts[bin] ?? 0) + 1;
    this.calls++;
  }

  /** The time in which so many percent of the calls were done, in microseconds. O(bins). */
  percentile(percent: number): number {
    const wanted = Math.max(1, Math.ceil((percent / 100) * this.calls));
    let seen = 0;
    for (const [bin, count] of this.#counts.entries()) {
      seen += count;
      if (seen >= wanted) return largestNanos(bin) / 1000;
    }
    return 0;
  }

  /** The calls by the powers of two in which they were done, cumulated. O(bins). */
  report(command: string): HistogramReport {
    const limitsMicros: number[] = [];
    const counts: number[] = [];
    let bin = 0;
    let seen = 0;
    for (let limit = FIRST_NANOS; seen < this.calls; limit *= 2) {
      const before = seen;
      for (const last = binOf(Math.min(limit, NANOS_MAX)); bin <= last; bin++) {
        seen += this.#counts[bin] ?? 0;
      }
      if (seen === before) continue;
      limitsMicros.push(Math.floor(largestNanos(binOf(limit)) / 1000));
      counts.push(seen);
    }
    return { command, calls: this.calls, limitsMicros, counts };
  }
}

function binOf(nanos: number): number {
  if (nanos < FIRST_NANOS) return 0;
  const octave = 31 - Math.clz32(nanos);
  const inOctave = (nanos >>> (octave - SHIFT)) - BINS_PER_OCTAVE;
  return 1 + (octave - FIRST_OCTAVE) * BINS_PER_OCTAVE + inOctave;
}

/** The longest time that a bin counts. */
function largestNanos(bin: number): number {
  if (bin === 0) return FIRST_NANOS - 1;
  const octave = FIRST_OCTAVE + Math.floor((bin - 1) / BINS_PER_OCTAVE);
  const inOctave = (bin - 1) % BINS_PER_OCTAVE;
  return (inOctave + BINS_PER_OCTAVE + 1) * (1 << (octave - SHIFT)) - 1;
}
