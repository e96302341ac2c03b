import type { Databases } from "../../../src/engine/databases.ts";
import { FilePersistence } from "../../../src/persistence/file-persistence.ts";
import type { PersistenceSettings } from "../../../src/persistence/settings.ts";
import type { Dice } from "../../simulation/dice.ts";
import { VirtualTime } from "../../support/virtual-time.ts";
import { Caller } from "./caller.ts";
import { type Data, dataOf } from "./data-of.ts";
import { emptyDatabases } from "./empty-databases.ts";
import { FallibleCalls } from "./fallible-calls.ts";
import { ProcessFiles } from "./process-files.ts";
import type { Argv } from "./random-commands.ts";
import { settingsIn } from "./settings-in.ts";
import { type SimulatedDisk } from "./simulated-disk.ts";
import type { VirtualTurns } from "./virtual-turns.ts";

/** Where everything is kept. */
export const DIRECTORY = "/data";
const LOCK = `${DIRECTORY}/laurel.lock`;
/** Turns that anything may take to end. */
const TURNS_MAX = 20_000;

/** Settings as a server has them, with a journal. */
const SETTINGS: Readonly<PersistenceSettings> = settingsIn(DIRECTORY, {
  fsync: "always",
  rewritePercentage: 0,
  rewriteMinBytes: 0,
});

/** What a simulated process is started with. */
export interface ProcessOptions {
  readonly settings?: Partial<PersistenceSettings>;
  readonly dice: Dice;
  readonly turns: VirtualTurns;
  readonly nowMs?: number;
  readonly calls?: FallibleCalls;
  /** The chance of a call off the main thread to end within a turn. Default 1. */
  readonly settleChance?: number;
}

/** A process that keeps databases on a simulated disk, until it is killed. */
export class SimulatedProcess {
  readonly disk: SimulatedDisk;
  readonly files: ProcessFiles;
  readonly time: VirtualTime;
  readonly databases: Databases;
  readonly caller: Caller;
  readonly persistence: FilePersistence;
  readonly settings: PersistenceSettings;
  /** Warnings that were logged. */
  readonly warnings: string[] = [];
  readonly #turns: VirtualTurns;
  readonly #settleChance: number;

  constructor(disk: SimulatedDisk, options: ProcessOptions) {
    const { dice, turns, nowMs, calls = new FallibleCalls(), settleChance = 1 } = options;
    this.disk = disk;
    this.#turns = turns;
    this.#settleChance = settleChance;
    this.settings = { ...SETTINGS, ...options.settings };
    this.time = new VirtualTime(nowMs);
    // Who holds the lock is asked of the system, which knows nothing of processes that are simulated.
    if (disk.find(LOCK) !== undefined) disk.directoryOf(LOCK).remove("laurel.lock");
    this.files = new ProcessFiles(disk, dice, calls);
    this.databases = emptyDatabases(this.time.clock);
    this.caller = new Caller(this.databases);
    this.persistence = new FilePersistence(this.databases, this.settings, {
      fs: this.files,
      timers: this.time.timers,
      nowMs: () => this.time.clock.now(),
      log: (level, text) => {
        if (level === "warning") this.warnings.push(text);
      },
    });
  }

  get nowMs(): number {
    return this.time.clock.now();
  }

  get data(): Data {
    return dataOf(this.databases);
  }

  /** Loads what is there. @throws what `ready` rejects with */
  async open(): Promise<void> {
    this.persistence.open();
    await this.finish(this.persistence.ready, "loading");
  }

  /** Carries out commands as one call, each of which belongs to a database. */
  run(unit: readonly Argv[], database: number): void {
    this.caller.databaseIndex = database;
    for (const argv of unit) this.caller.call(argv);
    this.persistence.endUnit();
  }

  /** One turn of the process: what was put off runs, and calls under way may end. */
  async turn(): Promise<void> {
    await this.#turns.run();
    if (this.files.underWay === 0) return;
    await this.files.settle(this.#settleChance);
    await this.#turns.run();
  }

  /** Lets time pass in small steps, with turns in between. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= STEP_MS) {
      this.time.advance(Math.min(left, STEP_MS));
      await this.turn();
    }
  }

  /** Turns until a promise settles. */
  async finish<T>(promise: Promise<T>, what: string): Promise<T> {
    const outcome = { isSettled: false };
    const settled = (): void => {
      outcome.isSettled = true;
    };
    promise.then(settled, settled);
    for (let i = 0; !outcome.isSettled; i++) {
      if (this.files.isDead) throw new Error(`The process ended: ${what}`);
      if (i === TURNS_MAX) throw new Error(`Waited ${TURNS_MAX} turns in vain: ${what}`);
      await this.turn();
      // What waits for time, as a pause before another try, gets some.
      if (i % 100 === 99) this.time.advance(STEP_MS);
    }
    return promise;
  }

  /** Writes what is to be written and ends. */
  async close(): Promise<void> {
    await this.finish(this.persistence.close(), "closing");
    // What was given up closes its file when the call ends that it waits for.
    for (let i = 0; i < TURNS_AT_END; i++) await this.turn();
  }

  /** Ends at once, as by SIGKILL. */
  kill(): void {
    this.files.die();
    this.#turns.drop();
  }
}

const STEP_MS = 100;
const TURNS_AT_END = 20;
