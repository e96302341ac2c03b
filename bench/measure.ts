/**
 * Times operations that are far shorter than a clock's tick is reliable, on a machine that does
 * other things meanwhile.
 *
 * Contestants run in the same process, in turns of a few milliseconds, so that whatever slows the
 * machine slows all of them; a ratio is the median of the ratios of neighbouring turns. Few should
 * run together: each finds the processor's caches full of what the others used. Medians are
 * taken over turns, and so is the spread.
 *
 * The 99th percentile is of samples, some of which follow each turn of a contestant: it has seen the
 * same minutes as the median that it stands beside, the same operations, and the same warmth. A
 * sample is one operation. Where one is too short for the clock it is so many as take about a
 * microsecond; where there are concurrent callers, one operation of each; where operations leave
 * work behind, a hundred and that work. What it takes to run none is taken off, and the rest is
 * divided by their number.
 *
 * A pause that comes in fewer than one of a hundred samples, as a collection of garbage does, counts
 * in the median and not in this percentile. Where such pauses make a turn's mean longer than 99 of a
 * hundred samples, the percentile would say less than nothing: it is left out.
 */
import { performance } from "node:perf_hooks";

/** One of those that are timed side by side. */
export interface Contestant {
  readonly name: string;
  /** Runs `count` operations, the first of which has the number `from`. */
  readonly run: (from: number, count: number) => void | Promise<void>;
  /** Operations that belong together: as many as there are concurrent callers. */
  readonly unit: number;
  /** Waits for the work that operations leave behind, which counts as theirs. */
  readonly settle?: () => Promise<void>;
}

/** What one contestant took. */
export interface Timing {
  readonly name: string;
  readonly medianNs: number;
  /** Half of the turns lie within about so much of the median: half their interquartile range. */
  readonly spreadNs: number;
  /** At least the median. Unknown where too few samples fit into their time, or pauses hide it. */
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
/** Samples for the 99th percentile: as many as fit into their time, spread over the turns. */
const SAMPLES_MAX = 1500;
const SAMPLES_MIN = 100;
const SAMPLES_MS_MAX = 400;
/** Two readings of the clock take about a twentieth of it. */
const SAMPLE_NS_MIN = 1_000;
/** Waiting until work is done takes its own time, which many operations share. */
const SETTLED_SAMPLE_OPERATIONS = 100;
const EMPTY_RUNS = 300;
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
      await takeSamples(lane, turns);
    }
  }
  const base = lanes[0] as Lane;
  return lanes.map((lane) => timingOf(lane, base));
}

/** The value below which this part of the values lies. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] as number;
}

/** Half the range that the middle half of the values takes up. */
export function spreadOf(values: readonly number[]): number {
  return (quantile(values, 0.75) - quantile(values, 0.25)) / 2;
}

interface Lane {
  readonly contestant: Contestant;
  readonly turnsNs: number[];
  readonly samplesNs: number[];
  operationsPerTurn: number;
  operationsPerSample: number;
  /** How long it takes to run no operation between two readings of the clock. */
  emptyRunNs: number;
  /** How long the latest turn took. */
  turnMs: number;
  next: number;
}

function timingOf({ contestant, turnsNs, samplesNs }: Lane, base: Lane): Timing {
  const medianNs = quantile(turnsNs, 0.5);
  const p99Ns = samplesNs.length < SAMPLES_MIN ? undefined : quantile(samplesNs, 0.99);
  return {
    name: contestant.name,
    medianNs,
    spreadNs: spreadOf(turnsNs),
    p99Ns: p99Ns === undefined || p99Ns < medianNs ? undefined : p99Ns,
    ratio: quantile(
      turnsNs.map((turnNs, turn) => turnNs / (base.turnsNs[turn] as number)),
      0.5,
    ),
  };
}

/** Runs one turn; returns nanoseconds for each operation. */
async function takeTurn(lane: Lane): Promise<number> {
  const count = lane.operationsPerTurn;
  const elapsedNs = await run(lane, count);
  lane.turnMs = elapsedNs / NS_PER_MS;
  return elapsedNs / count;
}

/** Runs so many operations, and what they leave behind; returns nanoseconds. */
async function run(lane: Lane, count: number): Promise<number> {
  const { contestant } = lane;
  const start = performance.now();
  const pending = contestant.run(lane.next, count);
  if (pending !== undefined) await pending;
  if (contestant.settle !== undefined) await contestant.settle();
  const elapsedNs = (performance.now() - start) * NS_PER_MS;
  lane.next += count;
  return elapsedNs;
}

/** Finds how many operations fill a turn, and runs turns until they take equally long. */
async function warmUp(contestant: Contestant, next: number): Promise<Lane> {
  const { unit } = contestant;
  const lane: Lane = {
    contestant,
    turnsNs: [],
    samplesNs: [],
    operationsPerTurn: unit,
    operationsPerSample: unit,
    emptyRunNs: 0,
    turnMs: 0,
    next,
  };
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
  await prepareSamples(lane, quantile(latest, 0.5));
  return lane;
}

/** Finds how many operations a sample needs, and what it costs to run none. */
async function prepareSamples(lane: Lane, perOperationNs: number): Promise<void> {
  const { unit, settle } = lane.contestant;
  const wanted = Math.ceil(SAMPLE_NS_MIN / perOperationNs);
  const fewest = settle === undefined ? unit : SETTLED_SAMPLE_OPERATIONS;
  lane.operationsPerSample = unit * Math.ceil(Math.max(wanted, fewest) / unit);
  const emptyRuns: number[] = [];
  for (let i = 0; i < EMPTY_RUNS; i++) emptyRuns.push(await run(lane, 0));
  lane.emptyRunNs = quantile(emptyRuns, 0.5);
}

/** Takes this turn's part of all samples; none where there would be too few in the end. */
async function takeSamples(lane: Lane, turns: number): Promise<void> {
  const operations = lane.operationsPerSample;
  const sampleMs = (lane.turnMs / lane.operationsPerTurn) * operations;
  if (sampleMs * SAMPLES_MIN > SAMPLES_MS_MAX) return;
  const end = performance.now() + SAMPLES_MS_MAX / turns;
  const count = Math.ceil(SAMPLES_MAX / turns);
  for (let i = 0; i < count && performance.now() < end; i++) {
    const elapsedNs = await run(lane, operations);
    lane.samplesNs.push(Math.max(0, elapsedNs - lane.emptyRunNs) / operations);
  }
}
