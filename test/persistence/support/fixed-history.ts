import type { Fsync, PersistenceSettings } from "../../../src/persistence/settings.ts";
import { Dice } from "../../simulation/dice.ts";
import { Acknowledgements } from "./acknowledgements.ts";
import { dataOf, firstDifference, textOf } from "./data-of.ts";
import { FallibleCalls, type FaultPlan } from "./fallible-calls.ts";
import type { Argv } from "./random-commands.ts";
import { SimulatedDisk } from "./simulated-disk.ts";
import { DIRECTORY, SimulatedProcess } from "./simulated-process.ts";
import type { VirtualTurns } from "./virtual-turns.ts";

/** What is done with a history in which a call failed. */
export type Ending =
  /** The power is cut, or the process killed, in the turn in which the call fails. */
  | "power cut"
  | "kill"
  /** The fault ends, time passes, and everything must work again. */
  | "heal";

/** One history: what keeps the data, and which call fails how. */
export interface FaultyRun {
  readonly fsync: Fsync;
  /** Without: only snapshots are taken. */
  readonly journal: boolean;
  readonly plan: FaultPlan | undefined;
  readonly ending: Ending;
  readonly seed: number;
}

/** What came of it. */
export interface FaultyOutcome {
  /** Calls that could have failed. */
  readonly calls: number;
  /** What failed first; empty: nothing did. */
  readonly failed: string;
  /** Whether a write was refused. */
  readonly refused: boolean;
}

/** Virtual time in which everything works again once nothing fails any more. */
const HEALING_MS = 20_000;
const START_MS = 1_700_000_000_000;

type Step = { readonly unit: readonly Argv[] } | "rewrite" | "snapshot" | "wait" | "turn";

/** Every kind of change, with a rewrite and a snapshot while it goes on, and one after the other. */
const STEPS: readonly Step[] = [
  { unit: [["SET", "a", "1"]] },
  { unit: [["MSET", "left", "1", "right", "1"]] },
  {
    unit: [
      ["ZADD", "board", "1", "x", "2", "y"],
      ["SET", "short", "lived", "PXAT", String(START_MS + 500)],
    ],
  },
  "rewrite",
  { unit: [["APPEND", "a", "23"]] },
  "turn",
  {
    unit: [
      ["RENAME", "board", "moved"],
      ["INCR", "n"],
    ],
  },
  { unit: [["MSET", "left", "2", "right", "2"]] },
  "wait",
  "snapshot",
  { unit: [["ZINCRBY", "moved", "5", "x"]] },
  "turn",
  { unit: [["SWAPDB", "0", "1"]] },
  { unit: [["MSET", "left", "3", "right", "3"]] },
  "wait",
  { unit: [["DEL", "left", "right"]] },
  "rewrite",
  { unit: [["SET", "b", "x".repeat(300)]] },
  "wait",
  { unit: [["ZPOPMIN", "moved"]] },
  { unit: [["MSET", "left", "4", "right", "4"]] },
];
/** Longer than a second: whatever is done once a second has been done. */
const WAIT_MS = 1200;

/** Carries out the history with its fault. Throws where a promise is broken. */
export async function runFaulty(run: FaultyRun, turns: VirtualTurns): Promise<FaultyOutcome> {
  const history = new FixedHistory(run, turns);
  try {
    return await history.run();
  } catch (error) {
    const { ending, fsync, journal, plan } = run;
    const fault = plan && `${plan.fault} at call ${plan.at}${plan.lasts ? ", lasting" : ""}`;
    const kept = journal ? `a journal, fsync ${fsync}` : "snapshots";
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `with ${kept}, ${fault} (${history.calls.firstFailed}), then ${ending}: ${reason}`,
      { cause: error },
    );
  }
}

class FixedHistory {
  readonly calls = new FallibleCalls();
  readonly #run: FaultyRun;
  readonly #turns: VirtualTurns;
  readonly #dice: Dice;
  readonly #settings: Partial<PersistenceSettings>;
  #disk = new SimulatedDisk();
  #acknowledgements: Acknowledgements;
  #nowMs = START_MS;
  #refused = false;

  constructor(run: FaultyRun, turns: VirtualTurns) {
    this.#run = run;
    this.#turns = turns;
    this.#dice = new Dice(run.seed);
    const savePoints = run.journal ? [] : [{ seconds: 1, changes: 1 }];
    this.#settings = { fsync: run.fsync, journal: run.journal, savePoints };
    this.#disk.makeDirectory(DIRECTORY);
    this.#disk.syncAll();
    this.#acknowledgements = new Acknowledgements(run.fsync, [], START_MS);
  }

  async run(): Promise<FaultyOutcome> {
    await this.#begin();
    const { ending, plan } = this.#run;
    this.calls.plan(plan);
    const process = this.#start(this.calls);
    if (!(await this.#opens(process))) {
      process.kill();
      await this.#findAgain("kill");
      return this.#outcome();
    }
    for (const step of STEPS) {
      await this.#step(process, step);
      if (ending !== "heal" && this.calls.failed > 0) break;
    }
    if (ending === "heal") await this.#heal(process);
    else {
      process.kill();
      if (ending === "power cut") this.#disk = this.#disk.afterPowerCut(this.#dice);
      await this.#findAgain(ending);
    }
    return this.#outcome();
  }

  /** What another process has left, in an orderly way. */
  async #begin(): Promise<void> {
    const process = this.#start(new FallibleCalls());
    await process.open();
    process.run([["MSET", "old", "1", "a", "0"]], 0);
    process.run([["ZADD", "former", "1", "m"]], 0);
    if (!this.#run.journal) process.persistence.save();
    await process.close();
    this.#acknowledgements = new Acknowledgements(this.#run.fsync, process.data, process.nowMs);
    process.kill();
    this.#disk = this.#disk.afterPowerCut(this.#dice);
  }

  #start(calls: FallibleCalls): SimulatedProcess {
    return new SimulatedProcess(this.#disk, {
      settings: this.#settings,
      dice: this.#dice,
      turns: this.#turns,
      nowMs: this.#nowMs,
      calls,
    });
  }

  /** @returns false where it could not open, which must be for the fault and said in the right way */
  async #opens(process: SimulatedProcess): Promise<boolean> {
    try {
      await process.open();
      return true;
    } catch (error) {
      if (this.calls.failed === 0) throw error;
      if ((error as { code?: string }).code !== "PERSISTENCE_FAILED") throw error;
      const { openFiles } = process.files;
      if (openFiles.length > 0) {
        throw new Error(`left open: ${openFiles.join(", ")}`, { cause: error });
      }
      return false;
    }
  }

  async #step(process: SimulatedProcess, step: Step): Promise<void> {
    const { persistence } = process;
    if (step === "turn") await process.turn();
    else if (step === "wait") await process.pass(WAIT_MS);
    else if (step === "rewrite" || step === "snapshot") {
      if (step === "rewrite" && !this.#run.journal) return;
      try {
        if (step === "rewrite") persistence.rewriteLater();
        else persistence.saveLater();
      } catch (error) {
        if ((error as { code?: string }).code !== "PERSISTENCE_FAILED") throw error;
      }
    } else await this.#unit(process, step.unit);
    this.#nowMs = process.nowMs;
    this.#acknowledgements.passed(this.#nowMs, persistence.state.journalFailure === undefined);
  }

  async #unit(process: SimulatedProcess, unit: readonly Argv[]): Promise<void> {
    const { persistence } = process;
    if (persistence.refusal !== undefined) {
      this.#checkRefusal(process);
      this.#refused = true;
      return;
    }
    const { failures } = persistence;
    process.run(unit, 0);
    const number = this.#acknowledgements.push(process.data, process.nowMs);
    persistence.commit();
    // A snapshot is no promise before it is there.
    if (!this.#run.journal) return;
    if (persistence.state.journalFailure === undefined) this.#acknowledgements.committed(number);
    const outcome = { isSafe: false };
    const isAwaited = persistence.whenSettled((error) => {
      outcome.isSafe = error === undefined;
    });
    // The outbox of the server asks in the same way.
    if (!isAwaited) outcome.isSafe = persistence.failures === failures;
    for (let i = 0; i < 4; i++) await process.turn();
    if (this.#run.fsync !== "always") return;
    if (outcome.isSafe) this.#acknowledgements.settled(number);
    else if (persistence.refusal === undefined) {
      throw new Error("a write could not be kept, and the next one is not refused");
    }
  }

  /** Writes are refused: that is said, and reads go on. */
  #checkRefusal({ caller, persistence }: SimulatedProcess): void {
    const { refusal } = persistence;
    if (this.calls.failed === 0) throw new Error(`nothing failed, but: ${refusal?.message}`);
    if (refusal?.code !== "PERSISTENCE_FAILED") throw new Error(`refused with ${refusal?.code}`);
    if (persistence.metrics().failure === undefined)
      throw new Error("metrics() tells of no failure");
    caller.databaseIndex = 0;
    if (!caller.call(["GET", "old"])) throw new Error("a read is refused");
  }

  /** Nothing fails any more: it goes on, and the next process finds all there was in memory. */
  async #heal(process: SimulatedProcess): Promise<void> {
    const { persistence } = process;
    this.calls.heal();
    await process.pass(HEALING_MS);
    const { refusal, state } = persistence;
    const failure = refusal?.message ?? state.journalFailure;
    if (failure !== undefined) throw new Error(`it has not recovered: ${failure}`);
    // A snapshot that was asked for by hand is not taken again by itself.
    persistence.save();
    if (persistence.metrics().failure !== undefined) {
      throw new Error(`metrics() still tells of ${persistence.metrics().failure}`);
    }
    process.run([["SET", "after", "all"]], 0);
    this.#acknowledgements.push(process.data, process.nowMs);
    if (this.#run.journal) await process.finish(persistence.flush(), "flushing");
    else persistence.save();
    this.#acknowledgements.settled(this.#acknowledgements.last);
    this.#nowMs = process.nowMs;
    process.kill();
    this.#disk = this.#disk.afterPowerCut(this.#dice);
    await this.#findAgain("power cut");
  }

  /** The next process finds what was promised, and goes on. */
  async #findAgain(end: "power cut" | "kill"): Promise<void> {
    const process = this.#start(new FallibleCalls());
    await process.open();
    const { data, nowMs } = process;
    const acknowledgements = this.#acknowledgements;
    if (acknowledgements.find(data, nowMs, end) === undefined) {
      const first = acknowledgements.firstAllowed(end);
      const expected = acknowledgements.textAt(first, nowMs);
      throw new Error(
        `found none of the states ${first} to ${acknowledgements.last}: ` +
          firstDifference(expected, textOf(data, nowMs)),
      );
    }
    process.run([["SET", "next", "1"]], 0);
    if (!this.#run.journal) process.persistence.save();
    await process.close();
    process.kill();
    const last = this.#start(new FallibleCalls());
    await last.open();
    const text = textOf(dataOf(process.databases), nowMs);
    const again = textOf(last.data, nowMs);
    if (again !== text) throw new Error(`the next process: ${firstDifference(text, again)}`);
    last.kill();
  }

  #outcome(): FaultyOutcome {
    return {
      calls: this.calls.count,
      failed: this.calls.firstFailed,
      refused: this.#refused,
    };
  }
}
