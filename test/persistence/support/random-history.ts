import type { Fsync, PersistenceSettings } from "../../../src/persistence/settings.ts";
import { Dice } from "../../simulation/dice.ts";
import { Acknowledgements } from "./acknowledgements.ts";
import { firstDifference } from "./data-of.ts";
import { type Fault, FallibleCalls } from "./fallible-calls.ts";
import { type Argv, DATABASES, manyKeys, randomCommand } from "./random-commands.ts";
import { SimulatedDisk } from "./simulated-disk.ts";
import { DIRECTORY, SimulatedProcess } from "./simulated-process.ts";
import type { VirtualTurns } from "./virtual-turns.ts";

const LIVES_MAX = 4;
const STEPS_MAX = 60;
const CALLS_AT_START = 20;
/** How long a fault lasts at most, and how long after it everything must work again. */
const FAULT_MS_MAX = 4000;
const HEALING_MS = 20_000;

/** What a history of this kind may meet. */
export interface HistoryOptions {
  readonly fsync?: Fsync;
  /** Without a journal there are snapshots alone. Default true. */
  readonly journal?: boolean;
  /** Whether calls of the file system fail now and then. */
  readonly faults?: boolean;
  /** Takes lines that tell what happens. */
  readonly trace?: (line: string) => void;
}

/** What happened in a history, counted. */
export interface HistoryTally {
  units: number;
  powerCuts: number;
  kills: number;
  /** Ends while a snapshot or a rewrite was under way. */
  endsWithin: number;
  rewrites: number;
  snapshots: number;
  faults: number;
  refusals: number;
}

/**
 * One random history of a process that keeps its data, from one seed: writes, rewrites, snapshots,
 * time that passes and calls that fail, with an end by SIGKILL or power cut; then the next process
 * on what is left. Throws where a promise is broken.
 */
export async function runHistory(
  seed: number,
  turns: VirtualTurns,
  options: HistoryOptions = {},
): Promise<HistoryTally> {
  const history = new RandomHistory(seed, turns, options);
  try {
    await history.run();
  } catch (error) {
    history.process?.kill();
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`seed ${seed} (${history.settings.fsync}) fails: ${reason}`, { cause: error });
  }
  return history.tally;
}

type End = "power cut" | "kill";

const ACTIONS = {
  unit: 60,
  transaction: 20,
  turn: 30,
  sweep: 5,
  pass: 12,
  rewrite: 4,
  snapshot: 3,
  save: 1,
  flush: 2,
  reload: 0.5,
  reloadJournal: 0.5,
  fault: 0,
  /** The process ends at one of the next calls of the file system. */
  end: 3,
  restart: 0.4,
};

class RandomHistory {
  readonly tally: HistoryTally = {
    units: 0,
    powerCuts: 0,
    kills: 0,
    endsWithin: 0,
    rewrites: 0,
    snapshots: 0,
    faults: 0,
    refusals: 0,
  };
  readonly settings: Partial<PersistenceSettings> & { readonly fsync: Fsync };
  process: SimulatedProcess | undefined;
  readonly #dice: Dice;
  readonly #turns: VirtualTurns;
  readonly #options: HistoryOptions;
  readonly #settleChance: number;
  #disk = new SimulatedDisk();
  #calls = new FallibleCalls();
  #acknowledgements: Acknowledgements;
  #healsAtMs = Infinity;
  #nowMs = 1_700_000_000_000;
  /** Snapshots so far, and the last state at which none was under way. */
  #saves = 0;
  #snapshotOf = 0;
  /** {@link FilePersistence.failures} when somebody was told last. */
  #failures = 0;

  constructor(seed: number, turns: VirtualTurns, options: HistoryOptions) {
    this.#dice = new Dice(seed);
    this.#turns = turns;
    this.#options = options;
    const dice = this.#dice;
    const fsync = options.fsync ?? dice.weighted({ always: 5, everysec: 4, no: 1 });
    this.settings = {
      fsync,
      rewritePercentage: dice.pick([0, 50, 100]),
      rewriteMinBytes: dice.pick([200, 2000]),
      journal: options.journal !== false,
      savePoints:
        options.journal === false || dice.chance(0.3)
          ? [{ seconds: dice.int(1, 4), changes: 5 }]
          : [],
      compress: dice.chance(0.5),
      checksum: dice.chance(0.9),
    };
    // With everysec the time of a sync is part of what may be lost: here they take none.
    this.#settleChance = fsync === "everysec" ? 1 : dice.pick([1, 0.6, 0.3]);
    // Steps are short or long, and the disk is fast or slow.
    turns.readingMs = dice.pick([0.01, 0.3, 4]);
    this.#disk.makeDirectory(DIRECTORY);
    this.#disk.syncAll();
    this.#acknowledgements = new Acknowledgements(fsync, [], this.#nowMs);
  }

  async run(): Promise<void> {
    const lives = this.#dice.int(2, LIVES_MAX);
    await this.#start("power cut");
    // With many keys a rewrite takes so many steps that most of them change before their turn.
    if (this.#dice.chance(0.3)) this.#callUnit([manyKeys(this.#dice)], 0);
    for (let life = 0; life < lives; life++) {
      const steps = this.#dice.int(1, STEPS_MAX);
      for (let step = 0; step < steps && !this.#running.files.isDead; step++) {
        await this.#act();
        this.#noteSnapshots();
      }
      await this.#restart(this.#dice.chance(0.6) ? "power cut" : "kill");
    }
    await this.#heal();
    await this.#restartOrderly();
    this.#running.kill();
  }

  get #running(): SimulatedProcess {
    return this.process as SimulatedProcess;
  }

  #trace(line: () => string): void {
    this.#options.trace?.(line());
  }

  async #act(): Promise<void> {
    const weights = { ...ACTIONS, fault: this.#options.faults === true ? 4 : 0 };
    if (this.settings.journal === false) Object.assign(weights, { rewrite: 0, reloadJournal: 0 });
    const action = this.#dice.weighted(weights);
    const { persistence } = this.#running;
    switch (action) {
      case "unit":
        return this.#unit(1);
      case "transaction":
        return this.#unit(this.#dice.int(2, 5));
      case "turn":
        this.#trace(() => "turn");
        await this.#running.turn();
        return this.#passed();
      case "sweep":
        return this.#sweep();
      case "pass":
        return this.#pass(this.#dice.int(1, 1500));
      case "rewrite":
        return this.#attempt("rewrite", () => persistence.rewriteLater());
      case "snapshot":
        return this.#attempt("snapshot", () => persistence.saveLater(this.#dice.chance(0.5)));
      case "save":
        return this.#attempt("save", () => persistence.save());
      case "flush":
        return this.#flush();
      case "reload":
        return this.#attempt("reload", () => persistence.reload({ save: true, flush: true }));
      case "reloadJournal":
        return this.#attempt("reload the journal", () => persistence.reloadJournal());
      case "fault":
        return this.#fault();
      case "end":
        this.#calls.plan({
          at: this.#calls.count + this.#dice.int(1, 15),
          fault: "end",
          lasts: true,
        });
        return;
      case "restart":
        if (this.#calls.isArmed) return;
        return this.#restartOrderly();
      default:
        action satisfies never;
    }
  }

  /** A call of so many commands, and what is told to who made it. */
  #unit(commands: number): void {
    const { persistence, nowMs } = this.#running;
    if (persistence.refusal !== undefined) {
      this.tally.refusals++;
      return;
    }
    const unit: Argv[] = Array.from({ length: commands }, () => randomCommand(this.#dice, nowMs));
    this.#callUnit(unit, this.#dice.chance(0.8) ? 0 : this.#dice.int(0, DATABASES - 1));
    // Several calls may come before what they wrote is handed to the system.
    if (this.#dice.chance(0.6)) this.#commit();
  }

  #callUnit(unit: readonly Argv[], database: number): void {
    const { nowMs } = this.#running;
    this.#running.run(unit, database);
    this.tally.units++;
    const acknowledgements = this.#acknowledgements;
    const number = acknowledgements.push(this.#running.data, nowMs);
    this.#trace(() => `unit ${number} in ${database}: ${unit.map(shown).join("; ")}`);
  }

  #commit(): void {
    const { persistence } = this.#running;
    if (this.settings.journal === false) return;
    const acknowledgements = this.#acknowledgements;
    const number = acknowledgements.last;
    persistence.commit();
    if (this.#running.files.isDead) return;
    // Whoever is told by a later commit is told of a failure since, and that the outcome is unknown.
    const hasFailed = persistence.failures !== this.#failures;
    this.#failures = persistence.failures;
    if (hasFailed) {
      this.#trace(() => `commit ${number}: failed`);
      return;
    }
    const isKept = persistence.state.journalFailure === undefined;
    if (isKept) acknowledgements.committed(number);
    const isSafe = this.settings.fsync === "always";
    const isAwaited = persistence.whenSettled((error) => {
      this.#trace(() => `settled ${number}: ${error?.message ?? "well"}`);
      if (isSafe && error === undefined) acknowledgements.settled(number);
    });
    if (this.#running.files.isDead) return;
    this.#trace(() => `commit ${number}${isAwaited ? ", awaited" : ""}${isKept ? "" : ", failed"}`);
    if (isSafe && !isAwaited) acknowledgements.settled(number);
  }

  /** Collects expired keys: effects that belong to no call. */
  #sweep(): void {
    for (const [, keyspace] of this.#running.databases.entries()) keyspace.sweep(3);
    this.#trace(() => "sweep");
  }

  async #pass(ms: number): Promise<void> {
    this.#trace(() => `pass ${ms} ms`);
    for (let left = ms; left > 0; left -= SLICE_MS) {
      await this.#running.pass(Math.min(left, SLICE_MS));
      this.#passed();
      if (this.#running.files.isDead) return;
    }
  }

  #passed(): void {
    const { nowMs, persistence } = this.#running;
    this.#nowMs = nowMs;
    if (this.#running.files.isDead) return;
    if (this.#calls.isArmed && nowMs >= this.#healsAtMs) {
      this.#calls.heal();
      this.#trace(() => "healed");
    }
    this.#acknowledgements.passed(nowMs, persistence.state.journalFailure === undefined);
  }

  /** A snapshot that is complete keeps what was there when it was begun, at the latest. */
  #noteSnapshots(): void {
    const { currentSaveSeconds, saves } = this.#running.persistence.state;
    if (this.settings.journal === false && saves > this.#saves) {
      this.#acknowledgements.settled(this.#snapshotOf);
    }
    this.#saves = saves;
    if (currentSaveSeconds < 0) this.#snapshotOf = this.#acknowledgements.last;
  }

  async #flush(): Promise<void> {
    const { persistence } = this.#running;
    const number = this.#acknowledgements.last;
    const flushed = persistence.flush().then(
      () => true,
      () => false,
    );
    const isFlushed = await this.#running.finish(flushed, "flushing").catch(() => false);
    this.#trace(() => `flush ${number}: ${isFlushed}`);
    if (isFlushed) this.#acknowledgements.settled(number);
    else if (!this.#mayFail) throw new Error("flush rejects though nothing failed");
  }

  /** Whether something was made to fail, or the process to end. */
  get #mayFail(): boolean {
    return this.#options.faults === true || this.#running.files.isDead;
  }

  #attempt(what: string, run: () => string | void): void {
    const before = this.#acknowledgements.textAt(this.#acknowledgements.last, this.#running.nowMs);
    try {
      const outcome = run();
      this.#trace(() => `${what}: ${outcome ?? "done"}`);
    } catch (error) {
      this.#trace(() => `${what}: ${(error as Error).message}`);
      if (this.#running.files.isDead) return;
      if ((error as { code?: string }).code !== "PERSISTENCE_FAILED") throw error;
    }
    const { data, nowMs } = this.#running;
    if (this.#acknowledgements.find(data, nowMs, "kill") === this.#acknowledgements.last) return;
    const after = data.map(({ name, expiresAt, content }) => `${name} ${expiresAt} ${content}`);
    throw new Error(`${what} changed the data: ${firstDifference(before, after.join("\n"))}`);
  }

  #fault(): void {
    const fault = this.#dice.pick<Fault>(["ENOSPC", "EIO", "EROFS", "EACCES", "short"]);
    const at = this.#calls.count + this.#dice.int(1, 12);
    const lasts = this.#dice.chance(0.5);
    this.#calls.plan({ at, fault, lasts });
    this.#healsAtMs = this.#running.nowMs + this.#dice.int(1, FAULT_MS_MAX);
    this.#trace(() => `fault ${fault} at call ${at}, ${lasts ? "lasting" : "once"}`);
    this.tally.faults++;
  }

  async #start(end: End): Promise<void> {
    this.process = this.#newProcess();
    await this.#running.open();
    this.#failures = this.#running.persistence.failures;
    const { data, nowMs, warnings } = this.#running;
    const former = this.#acknowledgements;
    const found = former.find(data, nowMs, end);
    this.#trace(
      () => `started after a ${end}: state ${found} of ${former.last}; ${warnings.join(" ")}`,
    );
    if (found === undefined) throw new Error(this.#describeLoss(end));
    this.#acknowledgements = new Acknowledgements(this.settings.fsync, data, nowMs);
    this.#saves = this.#running.persistence.state.saves;
    this.#snapshotOf = 0;
  }

  #newProcess(): SimulatedProcess {
    this.#calls = new FallibleCalls();
    this.#healsAtMs = Infinity;
    return new SimulatedProcess(this.#disk, {
      settings: this.settings,
      dice: this.#dice.fork(),
      turns: this.#turns,
      nowMs: this.#nowMs,
      calls: this.#calls,
      settleChance: this.#settleChance,
    });
  }

  /** Starts a process that ends while it loads. @returns how bad its end was */
  async #endAtStart(): Promise<End> {
    const process = this.#newProcess();
    const at = this.#dice.int(1, CALLS_AT_START);
    this.#trace(() => `== ends at call ${at} of the start ==`);
    this.#calls.countsReading = true;
    this.#calls.plan({ at, fault: "end", lasts: true });
    await process.open().catch((error: unknown) => {
      if (!process.files.isDead) throw error;
    });
    process.kill();
    if (this.#dice.chance(0.5)) return "kill";
    this.#disk = this.#disk.afterPowerCut(this.#dice);
    return "power cut";
  }

  /** Ends the process, and starts another one on what is left. */
  async #restart(end: End): Promise<void> {
    this.#countJobs();
    const { persistence } = this.#running;
    if (persistence.state.currentRewriteSeconds >= 0 || persistence.state.currentSaveSeconds >= 0) {
      this.tally.endsWithin++;
    }
    this.#trace(() => `== ${end} ==`);
    this.#running.kill();
    if (end === "power cut") {
      this.#disk = this.#disk.afterPowerCut(this.#dice);
      this.tally.powerCuts++;
    } else {
      this.#disk.forgetDoubts();
      this.tally.kills++;
    }
    this.#nowMs += this.#dice.int(0, 3000);
    let worst = end;
    while (this.#dice.chance(0.2)) {
      if ((await this.#endAtStart()) === "power cut") worst = "power cut";
    }
    await this.#start(worst);
  }

  /** Closes, cuts the power as nothing may be lost then, and finds all again. */
  async #restartOrderly(): Promise<void> {
    this.#countJobs();
    const { last } = this.#acknowledgements;
    this.#trace(() => "== close ==");
    await this.#running.close();
    const isSynced = this.settings.fsync !== "no" || this.settings.journal === false;
    if (isSynced) this.#acknowledgements.settled(last);
    this.#acknowledgements.committed(last);
    const { openFiles } = this.#running.files;
    if (openFiles.length > 0) throw new Error(`close leaves open: ${openFiles.join(", ")}`);
    this.#running.kill();
    const end = isSynced ? "power cut" : "kill";
    if (end === "power cut") this.#disk = this.#disk.afterPowerCut(this.#dice);
    await this.#start(end);
  }

  /** Nothing fails any more: after a while everything must work again. */
  async #heal(): Promise<void> {
    this.#calls.heal();
    await this.#pass(HEALING_MS);
    const { persistence } = this.#running;
    const { journalFailure, saveFailure } = persistence.state;
    const failure = persistence.refusal?.message ?? journalFailure;
    if (failure !== undefined) throw new Error(`it has not recovered: ${failure}, ${saveFailure}`);
    this.#unit(2);
    this.#commit();
  }

  #countJobs(): void {
    const { rewrites, saves } = this.#running.persistence.state;
    this.tally.rewrites += rewrites;
    this.tally.snapshots += saves;
  }

  #describeLoss(end: End): string {
    const acknowledgements = this.#acknowledgements;
    const { data, nowMs, warnings } = this.#running;
    const first = acknowledgements.firstAllowed(end);
    const found = data.map(({ name, expiresAt, content }) => `${name} ${expiresAt} ${content}`);
    const kind = acknowledgements.isOlder(data, nowMs, end)
      ? "an older state than was promised"
      : "a state that never was";
    return (
      `after a ${end} there is ${kind} (${first} to ${acknowledgements.last} may be): ` +
      `${firstDifference(acknowledgements.textAt(first, nowMs), found.join("\n"))}; ${warnings.join(" ")}`
    );
  }
}

const SLICE_MS = 100;

function shown(argv: Argv): string {
  return JSON.stringify(argv.slice(0, 12).join(" ")).slice(0, 160);
}
