/**
 * Times operations that are far shorter than a clock's tick is reliable, on a machine that does
 * other things meanwhile.
 *
 * Contestants run in the same process, in turns of a few milliseconds, so that whatever slows the
 * machine slows all of them; a ratio is the median of the ratios of neighbouring turns. Few should
 * run together: each finds the processor's caches full of what the others used. Medians are
 * taken over turns. The 99th percentile is of single operations, each between two readings of the
 * clock, whose own time is taken off; where there are concurrent callers it is of rounds in which
 * each of them does one operation, divided by their number.
 */
import { performance } from "node:perf_hooks";

/** One of those that are timed side by side. */
export interface Contestant {
  readonly name: string;
  /** Runs `count` operations, the first of which has the number `from`. */
  readonly run: (from: number, count: number) => void | Promise<void>;
  /** Operations that belong together: as many as there are concurrent callers. */
  readonly unit: number;
}

/** What one contestant took. */
export interface Timing {
  readonly name: string;
  readonly medianNs: number;
  /** Unknown where too few single operations fit into their time. */
  readonly p99Ns: number | undefined;
  /** How many times as long as the first contestant it took. */
  readonly ratio: number;
}

/** A contestant has as many turns as fit into its time, but at least the fewest. */
const TURN_MS = 5;
const TURNS_MAX = 41;
const TURNS_MIN = 3;
const TURNS_MS_MAX = 600;
const WARM_UP_MS_MIN = 40;
const WARM_UP_MS_MAX = 400;
/** Warm is what took about as long in each of so many turns. */
const STABLE_TURNS = 5;
const STABLE_WITHIN = 1.1;
/** Operations timed one by one: as many as fit into their time. */
const SINGLES_MAX = 1500;
const SINGLES_MIN = 100;
const SINGLES_MS_MAX = 400;
const NS_PER_MS = 1e6;

/** Contestants that share a structure must not repeat each other's operations. */
const OPERATIONS_APART = 2 ** 26;

/** Callers of a concurrent contestant. */
const CONCURRENT_CALLERS = 100;

/** Results go here, so that no compiler finds an operation to be without effect. */
const blackHole: { result: unknown } = { result: undefined };

/** A contestant whose operation returns its result. */
export function synchronous(name: string, operation: (i: number) => unknown): Contestant {
  return {
    name,
    unit: 1,
    run(from, count) {
      for (let i = from; i < from + count; i++) blackHole.result = operation(i);
    },
  };
}

/** A contestant whose operations are awaited, one after the other. */
export function awaited(name: string, operation: (i: number) => Promise<unknown>): Contestant {
  return {
    name,
    unit: 1,
    async run(from, count) {
      for (let i = from; i < from + count; i++) blackHole.result = await operation(i);
    },
  };
}

/** A contestant with 100 callers at once, each of which awaits its operations one by one. */
export function concurrent(name: string, operation: (i: number) => Promise<unknown>): Contestant {
  async function call(from: number, end: number): Promise<void> {
    for (let i = from; i < end; i += CONCURRENT_CALLERS) blackHole.result = await operation(i);
  }
  return {
    name,
    unit: CONCURRENT_CALLERS,
    async run(from, count) {
      const callers: Promise<void>[] = [];
      for (let i = 0; i < CONCURRENT_CALLERS; i++) callers.push(call(from + i, from + count));
      await Promise.all(callers);
    },
  };
}

/** Times contestants against each other. The first is the one that ratios refer to. */
export async function measure(contestants: readonly Contestant[]): Promise<Timing[]> {
  const lanes: Lane[] = [];
  for (const [i, contestant] of contestants.entries()) {
    lanes.push(await warmUp(contestant, i * OPERATIONS_APART));
  }

  const slowestMs = Math.max(...lanes.map((lane) => lane.turnMs));
  const turns = Math.min(TURNS_MAX, Math.max(TURNS_MIN, Math.floor(TURNS_MS_MAX / slowestMs)));
  for (let turn = 0; turn < turns; turn++) {
    // Who begins changes from turn to turn: nobody always runs behind the same other.
    for (let i = 0; i < lanes.length; i++) {
      const lane = lanes[(turn + i) % lanes.length] as Lane;
      lane.turnsNs.push(await takeTurn(lane));
    }
  }
  const base = lanes[0] as Lane;
  const timings: Timing[] = [];
  for (const lane of lanes) {
    const singles = await singlesNs(lane);
    timings.push({
      name: lane.contestant.name,
      medianNs: quantile(lane.turnsNs, 0.5),
      p99Ns: singles.length < SINGLES_MIN ? undefined : quantile(singles, 0.99),
      ratio: quantile(
        lane.turnsNs.map((turnNs, turn) => turnNs / (base.turnsNs[turn] as number)),
        0.5,
      ),
    });
  }
  return timings;
}

/** The value below which this part of the values lies. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] as number;
}

interface Lane {
  readonly contestant: Contestant;
  readonly turnsNs: number[];
  operationsPerTurn: number;
  /** How long the latest turn took. */
  turnMs: number;
  next: number;
}

/** Runs one turn; returns nanoseconds for each operation. */
async function takeTurn(lane: Lane): Promise<number> {
  const count = lane.operationsPerTurn;
  const start = performance.now();
  const pending = lane.contestant.run(lane.next, count);
  if (pending !== undefined) await pending;
  lane.turnMs = performance.now() - start;
  lane.next += count;
  return (lane.turnMs * NS_PER_MS) / count;
}

/** Finds how many operations fill a turn, and runs turns until they take equally long. */
async function warmUp(contestant: Contestant, next: number): Promise<Lane> {
  const { unit } = contestant;
  const lane: Lane = { contestant, turnsNs: [], operationsPerTurn: unit, turnMs: 0, next };
  const latest: number[] = [];
  let warmedMs = 0;
  while (warmedMs < WARM_UP_MS_MAX) {
    const perOperationNs = await takeTurn(lane);
    warmedMs += lane.turnMs;
    const units = lane.operationsPerTurn / unit;
    // Grows by steps: the very first operations are slow and say little.
    const wanted = Math.min(units * 4, Math.round((units * TURN_MS) / lane.turnMs));
    lane.operationsPerTurn = unit * Math.max(1, wanted);
    latest.push(perOperationNs);
    if (latest.length > STABLE_TURNS) latest.shift();
    const isStable =
      latest.length === STABLE_TURNS && Math.max(...latest) < Math.min(...latest) * STABLE_WITHIN;
    if (isStable && warmedMs >= WARM_UP_MS_MIN) break;
  }
  return lane;
}

async function singlesNs(lane: Lane): Promise<number[]> {
  const { run, unit } = lane.contestant;
  const clockNs = clockReadingNs();
  const singles: number[] = [];
  const begin = performance.now();
  while (singles.length < SINGLES_MAX && performance.now() - begin < SINGLES_MS_MAX) {
    const start = performance.now();
    const pending = run(lane.next, unit);
    if (pending !== undefined) await pending;
    const elapsedNs = (performance.now() - start) * NS_PER_MS;
    lane.next += unit;
    singles.push(Math.max(0, elapsedNs - clockNs) / unit);
  }
  return singles;
}

function clockReadingNs(): number {
  const readings: number[] = [];
  for (let i = 0; i < SINGLES_MAX; i++) {
    const start = performance.now();
    readings.push((performance.now() - start) * NS_PER_MS);
  }
  return quantile(readings, 0.5);
}
