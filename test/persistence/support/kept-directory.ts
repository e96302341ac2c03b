import { Dice } from "../../simulation/dice.ts";
import { textOf } from "./data-of.ts";
import { FallibleCalls } from "./fallible-calls.ts";
import type { Argv } from "./random-commands.ts";
import { SimulatedDisk } from "./simulated-disk.ts";
import { DIRECTORY, SimulatedProcess } from "./simulated-process.ts";
import type { VirtualTurns } from "./virtual-turns.ts";

/** What a process left that ended in an orderly way. */
export interface KeptDirectory {
  readonly disk: SimulatedDisk;
  /** The data after each unit of the last increment, the one before the first included. */
  readonly states: readonly string[];
  /** The length of the last increment after each of them. */
  readonly lengths: readonly number[];
}

/** When everything happens: nothing expires. */
export const NOW_MS = 1_700_000_000_000;
export const JOURNAL_DIRECTORY = `${DIRECTORY}/appendonlydir`;
const FAR = String(NOW_MS + 10_000_000);

const BEFORE: readonly (readonly Argv[])[] = [
  [["SET", "a", "base"]],
  [["ZADD", "board", "1", "x", "2.5", "y", "-inf", "z"]],
  [["MSET", "left", "0", "right", "0"]],
  [["SET", "number", "12345", "PXAT", FAR]],
  [["SET", "long", "to be or not to be ".repeat(8)]],
];
const AFTER: readonly (readonly Argv[])[] = [
  [["SET", "a", "1"]],
  [["MSET", "left", "1", "right", "1"]],
  [["APPEND", "a", "\r\n#CRC32:00000000\r\n"]],
  [
    ["ZADD", "board", "3", "new"],
    ["RENAME", "board", "moved"],
  ],
  [["INCR", "number"]],
  [["SET", "short", "b", "PXAT", FAR]],
  [
    ["DEL", "short"],
    ["ZINCRBY", "moved", "0.1", "x"],
    ["SET", "last", ""],
  ],
  [["SWAPDB", "0", "1"]],
  [["MSET", "left", "2", "right", "2"]],
  [["ZREM", "moved", "nobody"]],
  [["SET", "binary", "\u0000\u0001\u00fe\u00ff"]],
];

/** Keeps some data as a base and an increment, or as a snapshot. */
export async function keepSome(turns: VirtualTurns, journal: boolean): Promise<KeptDirectory> {
  const disk = new SimulatedDisk();
  const process = startOn(disk, turns, { journal });
  await process.open();
  for (const unit of BEFORE) process.run(unit, 0);
  const states: string[] = [];
  const lengths: number[] = [];
  if (journal) {
    process.persistence.rewriteLater();
    await process.finish(process.persistence.flush(), "flushing");
    while (process.persistence.state.currentRewriteSeconds >= 0) await process.turn();
  }
  const note = (): void => {
    states.push(textOf(process.data, NOW_MS));
    lengths.push(journal ? disk.contentOf(lastIncrement(disk)).length : 0);
  };
  note();
  for (const unit of AFTER) {
    process.run(unit, 0);
    process.persistence.commit();
    note();
  }
  if (!journal) process.persistence.save();
  await process.close();
  process.kill();
  disk.syncAll();
  return { disk, states, lengths };
}

/** A process on a disk with this data. */
export function startOn(
  disk: SimulatedDisk,
  turns: VirtualTurns,
  settings: SimulatedProcess["settings"] | Partial<SimulatedProcess["settings"]>,
): SimulatedProcess {
  return new SimulatedProcess(disk, {
    settings,
    dice: new Dice(1),
    turns,
    nowMs: NOW_MS,
    calls: new FallibleCalls(),
  });
}

/** The path of the increment that is written to last. */
export function lastIncrement(disk: SimulatedDisk): string {
  const names = disk.files().filter((path) => path.endsWith(".incr.aof"));
  const last = names.sort((a, b) => a.length - b.length || (a < b ? -1 : 1)).at(-1);
  if (last === undefined) throw new Error("There is no increment");
  return last;
}
