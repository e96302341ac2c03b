import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

/** How much else the machine did while a part was measured. Shares are of all cores' time. */
export interface MachineLoad {
  /** Processes that ran or waited to, on average of the minute before the first part began. */
  readonly atStart: number;
  /** Taken by processes that have nothing to do with the benchmarks; unknown but on Linux. */
  readonly othersShare?: number;
  /** Taken by other machines on the same hardware; unknown but on Linux. */
  readonly stolenShare?: number;
  /** Whether the machine was too busy at the start, and it was measured nevertheless. */
  readonly isBusy: boolean;
}

/** Above it, what runs besides takes a noticeable part of what is measured. */
export const QUIET_LOAD_MAX = 0.7;
const WAIT_MS_MAX = 60_000;
const READING_EVERY_MS = 2_000;

/** Where the load is read, and how one waits: in a test, neither is the machine's. */
export interface LoadSource {
  readonly load: () => number;
  readonly wait: (ms: number) => Promise<unknown>;
}

const MACHINE: LoadSource = { load: () => loadavg()[0] as number, wait: sleep };

/** Waits a minute at most until the machine is quiet; returns the load that there is then. */
export async function loadOnceQuiet({ load, wait }: LoadSource = MACHINE): Promise<number> {
  let latest = load();
  for (let ms = 0; ms < WAIT_MS_MAX && latest > QUIET_LOAD_MAX; ms += READING_EVERY_MS) {
    await wait(READING_EVERY_MS);
    latest = load();
  }
  return latest;
}

/** Ticks of the clock that the cores have counted since the machine started. */
export interface CpuTicks {
  readonly all: number;
  readonly busy: number;
  readonly stolen: number;
  /** Of this process and of its children that have ended. */
  readonly own: number;
}

/** What the cores have counted so far; nothing where there is no /proc. */
export function cpuTicks(): CpuTicks | undefined {
  try {
    return parsedTicks(readFileSync("/proc/stat", "utf8"), readFileSync("/proc/self/stat", "utf8"));
  } catch {
    return undefined;
  }
}

/** The contents of /proc/stat, and of /proc/self/stat: see proc(5). */
export function parsedTicks(stat: string, selfStat: string): CpuTicks {
  const fields = (stat.split("\n", 1)[0] as string).trim().split(/\s+/).slice(1, 9).map(Number);
  const [user = 0, nice = 0, system = 0, idle = 0, ioWait = 0, irq = 0, softIrq = 0, stolen = 0] =
    fields;
  const busy = user + nice + system + irq + softIrq;
  // The name of the program, in brackets, may have spaces: fields are counted from behind it.
  const own = selfStat
    .slice(selfStat.lastIndexOf(")") + 2)
    .split(" ")
    .slice(11, 15);
  return {
    all: busy + idle + ioWait + stolen,
    busy,
    stolen,
    own: own.reduce((sum, ticks) => sum + Number(ticks), 0),
  };
}

/** The shares of the time between two readings that others took, to a thousandth. */
export function sharesBetween(
  before: CpuTicks | undefined,
  after: CpuTicks | undefined,
): Pick<MachineLoad, "othersShare" | "stolenShare"> {
  if (before === undefined || after === undefined) return {};
  const all = Math.max(1, after.all - before.all);
  const others = Math.max(0, after.busy - before.busy - (after.own - before.own));
  return {
    othersShare: thousandths(others / all),
    stolenShare: thousandths((after.stolen - before.stolen) / all),
  };
}

function thousandths(share: number): number {
  return Math.round(share * 1_000) / 1_000;
}
