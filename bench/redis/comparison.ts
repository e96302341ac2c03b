import { awaited, concurrent, measure, type Timing } from "../measure.ts";
import { median, nanoseconds, type Report, times } from "../report.ts";

/** A call in two ways: by the bare client, and by the cache that stands on it. */
export interface Comparison {
  /** The client and the call. */
  readonly client: string;
  readonly call: string;
  readonly bare: (i: number) => Promise<unknown>;
  readonly cached: (i: number) => Promise<unknown>;
  /** Whether 100 callers at once are timed, too. */
  readonly isConcurrent: boolean;
}

export const COLUMNS = [
  "client",
  "call",
  "callers",
  "bare client",
  "p99",
  "Laurel",
  "p99",
  "ratio",
] as const;

/** Times both ways in turns; keeps the ratios as figures and gives the rows of a table. */
export async function compare(report: Report, comparison: Comparison): Promise<string[][]> {
  const { client, call, bare, cached, isConcurrent } = comparison;
  const rows: string[][] = [];
  for (const [callers, contestant] of [
    [1, awaited],
    [100, concurrent],
  ] as const) {
    if (callers > 1 && !isConcurrent) continue;
    const timings = await measure([contestant("bare", bare), contestant("laurel", cached)]);
    const [first, second] = timings as [Timing, Timing];
    report.figure(figureName(client, call, callers), second.ratio);
    rows.push([
      client,
      call,
      String(callers),
      median(first),
      nanoseconds(first.p99Ns),
      median(second),
      nanoseconds(second.p99Ns),
      times(second.ratio),
    ]);
  }
  return rows;
}

/** The name under which a ratio is kept. */
function figureName(client: string, call: string, callers: number): string {
  return `${client} ${call}, ${callers} at once: times the bare client`;
}
