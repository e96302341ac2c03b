import { basename, dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { textOf } from "./support/data-of.ts";
import {
  JOURNAL_DIRECTORY,
  keepSome,
  type KeptDirectory,
  lastIncrement,
  NOW_MS,
  startOn,
} from "./support/kept-directory.ts";
import { VirtualTurns } from "./support/virtual-turns.ts";

const TIMEOUT_MS = 120_000;
/** All bits of a byte are changed, or each alone, one after the other from byte to byte. */
const MASKS = [
  [255, 1],
  [2, 4],
  [8, 16],
  [32, 64],
  [128, 255, 1],
];

describe("a file in which one byte is another one", () => {
  it.each([
    { name: "the snapshot", journal: false, find: () => "/data/dump.rdb" },
    {
      name: "the base of the journal",
      journal: true,
      find: ({ disk }: KeptDirectory) => fileEndingIn(disk.files(), ".base.rdb"),
    },
  ])(
    "is refused, or loads as it was: $name",
    async ({ journal, find }) => {
      using turns = new VirtualTurns();
      const kept = await keepSome(turns, journal);
      const path = find(kept);
      const refusals = await flipAll(kept, path, turns, { journal }, ({ text, warnings }) => {
        expect([text, warnings]).toEqual([kept.states.at(-1), []]);
      });
      expect(refusals).toBeGreaterThan(kept.disk.contentOf(path).length * 2);
    },
    TIMEOUT_MS,
  );

  it(
    "is refused, or loads as it was, or as it was before the end that no longer is one: the journal",
    async () => {
      using turns = new VirtualTurns();
      const kept = await keepSome(turns, true);
      const { lengths, states } = kept;
      const path = lastIncrement(kept.disk);
      await flipAll(kept, path, turns, {}, ({ at, text, warnings }) => {
        const found = states.lastIndexOf(text);
        expect([at, found]).not.toEqual([at, -1]);
        if (found === states.length - 1) return;
        // What is missing is at the very end, and that is said.
        expect([at, warnings.length]).toEqual([at, 1]);
        expect([at, at >= (lengths.at(-2) as number)]).toEqual([at, true]);
      });
    },
    TIMEOUT_MS,
  );

  it(
    "is refused, or means the same: the manifest",
    async () => {
      using turns = new VirtualTurns();
      const kept = await keepSome(turns, true);
      const path = `${JOURNAL_DIRECTORY}/appendonly.aof.manifest`;
      const check = ({ at, text }: Loaded): void => {
        expect([at, text]).toEqual([at, kept.states.at(-1)]);
      };
      // Each bit, and what makes a type of file of another one.
      await flipAll(kept, path, turns, {}, check, () => [...MASKS.flat(), 10, 11]);
    },
    TIMEOUT_MS,
  );
});

interface Loaded {
  /** Where the byte is. */
  readonly at: number;
  readonly text: string;
  readonly warnings: readonly string[];
}

/** Changes every byte in several ways, one at a time. @returns how often loading was refused */
async function flipAll(
  { disk }: KeptDirectory,
  path: string,
  turns: VirtualTurns,
  settings: Parameters<typeof startOn>[2],
  check: (loaded: Loaded) => void,
  masks: (at: number) => readonly number[] = (at) => MASKS[at % MASKS.length] as number[],
): Promise<number> {
  const content = disk.contentOf(path);
  let refusals = 0;
  for (let at = 0; at < content.length; at++) {
    for (const mask of masks(at)) {
      const flipped = Buffer.from(content);
      flipped[at] = (flipped[at] as number) ^ mask;
      const copy = disk.copy();
      copy.put(path, flipped);
      const process = startOn(copy, turns, settings);
      const error = await process.open().then(
        () => undefined,
        (error: unknown) => error as Error & { code?: string },
      );
      const { warnings } = process;
      if (error === undefined) check({ at, text: textOf(process.data, NOW_MS), warnings });
      else {
        refusals++;
        expect([at, mask, error.code, error.message]).toEqual([
          at,
          mask,
          "PERSISTENCE_FAILED",
          // A manifest may name another file then, which is not there.
          expect.stringContaining(basename(dirname(path))),
        ]);
        expect(copy.contentOf(path)).toEqual(flipped);
      }
      process.kill();
    }
  }
  return refusals;
}

function fileEndingIn(paths: readonly string[], end: string): string {
  const found = paths.find((path) => path.endsWith(end));
  if (found === undefined) throw new Error(`There is no file that ends in ${end}`);
  return found;
}
