import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Fsync } from "../../../src/persistence/settings.ts";
import { Connection } from "../../differential/connection.ts";
import { Dice } from "../../simulation/dice.ts";
import { type CallModel, EmbeddedModel, ServedModel } from "./call-model.ts";
import { CompiledProgram } from "./compiled-program.ts";
import { CrashVictim } from "./crash-victim.ts";
import { firstDifference } from "./data-of.ts";
import { commandsOf } from "./known-calls.ts";

/** Calls that are acknowledged before a kill, at most. */
const CALLS_MAX = 60;
/** Transactions that a client sends before it reads replies, at most. */
const PIPELINED_MAX = 16;
/** How long a program runs at most that is killed while it starts. */
const START_MS_MAX = 250;

/** One directory, and the programs that one after the other keep a cache in it and are killed. */
interface CrashLine {
  /** The JavaScript file of the program. */
  readonly program: string;
  readonly fsync: Fsync;
  /** Whether the program serves clients, which make the calls; else it makes them itself. */
  readonly serves: boolean;
  readonly kills: number;
  readonly seed: number;
}

/** What happened. */
export interface CrashTally {
  kills: number;
  /** Kills before the program had told what it found. */
  killsAtStart: number;
  /** Calls that were acknowledged. */
  acknowledged: number;
  /** Times that a journal was found with an incomplete end. */
  torn: number;
}

const PROGRAM = fileURLToPath(new URL("crash-child.ts", import.meta.url));
const KINDS: readonly Pick<CrashLine, "fsync" | "serves">[] = [
  { fsync: "always", serves: false },
  { fsync: "always", serves: true },
  { fsync: "everysec", serves: false },
  { fsync: "everysec", serves: true },
];

/**
 * Kills so often in all: caches that are embedded and caches that are served, with either kind of
 * promise, two at a time. Throws where a promise is broken.
 */
export async function killAgainAndAgain(kills: number, seed: number): Promise<CrashTally[]> {
  using program = new CompiledProgram(PROGRAM);
  const common = { program: program.path, kills: Math.ceil(kills / KINDS.length) };
  const lines = KINDS.map((kind, i) => Object.assign({ seed: seed + i }, common, kind));
  const tallies: CrashTally[] = [];
  const work = async (): Promise<void> => {
    for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
      tallies.push(await runCrashLine(line));
    }
  };
  await Promise.all([work(), work()]);
  return tallies;
}

/** Kills as often as asked for. Throws where something acknowledged is missing, or half done. */
async function runCrashLine(line: CrashLine): Promise<CrashTally> {
  const dir = await mkdtemp(join(tmpdir(), "laurel-crash-"));
  const running = new RunningLine(line, dir);
  try {
    const tally = await running.run();
    // What a failure leaves is for whoever looks into it.
    await rm(dir, { recursive: true, force: true });
    return tally;
  } catch (error) {
    await running.victim?.kill().catch(() => {});
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${line.fsync}, seed ${line.seed}, in ${dir}: ${reason}`, { cause: error });
  }
}

class RunningLine {
  victim: CrashVictim | undefined;
  readonly #line: CrashLine;
  readonly #dir: string;
  readonly #dice: Dice;
  readonly #tally: CrashTally = { kills: 0, killsAtStart: 0, acknowledged: 0, torn: 0 };
  /** As it was found last. */
  readonly #model: CallModel;
  /** Calls that were begun since, and may have been carried out in this order up to any one. */
  #begun: number[] = [];
  /** The last of them that must be found; -1: none need be. */
  #promised = -1;
  #nextCall = 0;

  constructor(line: CrashLine, dir: string) {
    this.#line = line;
    this.#dir = dir;
    this.#dice = new Dice(line.seed);
    this.#model = line.serves ? new ServedModel() : new EmbeddedModel();
  }

  async run(): Promise<CrashTally> {
    while (this.#tally.kills < this.#line.kills) {
      const isEarly = this.#tally.kills > 0 && this.#dice.chance(0.1);
      await (isEarly ? this.#killAtStart() : this.#killWithin());
    }
    const last = this.#start();
    await last.untilReady();
    await this.#check(last);
    await last.kill();
    return this.#tally;
  }

  #start(): CrashVictim {
    const { fsync, program, serves } = this.#line;
    const seed = this.#dice.int(1, 2 ** 30);
    const options = { dir: this.#dir, fsync, seed, firstCall: this.#nextCall, serves };
    this.victim = new CrashVictim(program, options);
    return this.victim;
  }

  /** Kills it while it starts, wherever it is with that. */
  async #killAtStart(): Promise<void> {
    const victim = this.#start();
    await new Promise((resolve) => {
      setTimeout(resolve, this.#dice.int(50, START_MS_MAX));
    });
    await victim.kill();
    this.#tally.kills++;
    if (victim.found === undefined) this.#tally.killsAtStart++;
    else await this.#check(victim);
    this.#take(victim);
  }

  async #killWithin(): Promise<void> {
    const victim = this.#start();
    await victim.untilReady();
    await this.#check(victim);
    const end = this.#nextCall + this.#dice.int(0, CALLS_MAX);
    if (this.#line.serves) await this.#callUntil(victim, end);
    else await victim.until(() => victim.acknowledged >= end);
    await victim.kill();
    this.#tally.kills++;
    this.#take(victim);
  }

  /** Makes calls as a client, and lets some be under way at the end. */
  async #callUntil(victim: CrashVictim, end: number): Promise<void> {
    const connection = await Connection.open(victim.port);
    while (victim.acknowledged < end) {
      const replies: Promise<void>[] = [];
      for (let i = this.#dice.int(1, PIPELINED_MAX); i > 0; i--) {
        victim.begun = Math.max(victim.begun + 1, this.#nextCall);
        replies.push(callOnce(connection, victim, victim.begun));
      }
      if (victim.acknowledged + 2 * PIPELINED_MAX < end) await Promise.all(replies);
      else {
        // Which of them are replied to before it is killed is left to chance.
        for (const reply of replies) reply.catch(() => {});
        await replies[this.#dice.int(0, replies.length - 1)];
      }
    }
  }

  /** The calls of a program that is gone: those that were acknowledged must be found. */
  #take(victim: CrashVictim): void {
    const { acknowledged, begun, committed, warnings } = victim;
    for (; this.#nextCall <= begun; this.#nextCall++) this.#begun.push(this.#nextCall);
    // Whoever serves replies when it has handed all to the system; embedded, a turn may be lost.
    const isSafe = this.#line.fsync === "always" || this.#line.serves;
    this.#promised = Math.max(this.#promised, isSafe ? acknowledged : committed);
    this.#tally.acknowledged = Math.max(this.#tally.acknowledged, this.#promised);
    if (warnings.length > 0) this.#tally.torn++;
  }

  /** Compares what a program found with what the calls up to each that may be the last one leave. */
  async #check({ found }: CrashVictim): Promise<void> {
    if (found === undefined) throw new Error("It has not told what it found");
    // The first start finds nothing, and puts there what never changes.
    if (this.#tally.kills === 0) {
      await this.#model.begin();
      return;
    }
    if (found.ballast !== this.#model.ballast)
      throw new Error("What never changes is not the same");
    const promisedAt = this.#begun.findLastIndex((call) => call <= this.#promised);
    let expected = "";
    for (let i = -1; i < this.#begun.length; i++) {
      if (i >= 0) await this.#model.apply(this.#begun[i] as number);
      if (i < promisedAt) continue;
      const text = this.#model.text();
      if (i === promisedAt) expected = text;
      if (text !== found.text) continue;
      this.#begun = [];
      return;
    }
    const range = `${this.#begun[promisedAt] ?? "none"} to ${this.#begun.at(-1) ?? "none"}`;
    throw new Error(
      `After ${this.#tally.kills} kills there is none of the states after the calls ${range}: ` +
        firstDifference(expected, found.text),
    );
  }
}

async function callOnce(connection: Connection, victim: CrashVictim, call: number): Promise<void> {
  const replies = await connection.send(commandsOf(call));
  const failed = replies.find(({ kind }) => kind === "error");
  if (failed !== undefined) throw new Error(`call ${call}: ${JSON.stringify(failed)}`);
  victim.acknowledged = call;
}
