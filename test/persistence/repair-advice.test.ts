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
import { SimulatedDisk } from "./support/simulated-disk.ts";
import { VirtualTurns } from "./support/virtual-turns.ts";

const MANIFEST = `${JOURNAL_DIRECTORY}/appendonly.aof.manifest`;
const SNAPSHOT = "/data/dump.rdb";
const MOVE_ALL = `restore a copy of the file, or move ${JOURNAL_DIRECTORY} away to begin without its keys`;
const set = (key: string, value: string): string =>
  `*3\r\n$3\r\nSET\r\n$${key.length}\r\n${key}\r\n$${value.length}\r\n${value}\r\n`;

/** Why a process does not start on a disk; `undefined`: it does. */
async function refusalOn(
  disk: SimulatedDisk,
  turns: VirtualTurns,
  settings: Parameters<typeof startOn>[2] = {},
): Promise<string | undefined> {
  const process = startOn(disk, turns, settings);
  try {
    await process.open();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  } finally {
    process.kill();
  }
}

/** What a process loads, without having to mend anything. */
async function loadedOn(
  disk: SimulatedDisk,
  turns: VirtualTurns,
  settings: Parameters<typeof startOn>[2] = {},
): Promise<string> {
  const process = startOn(disk, turns, settings);
  await process.open();
  const text = textOf(process.data, NOW_MS);
  expect(process.warnings).toEqual([]);
  process.kill();
  return text;
}

/** Does with the files what an error says that can be done without a copy. */
function follow(disk: SimulatedDisk, advice: string): SimulatedDisk {
  const moved = / move (\S+) away/.exec(advice)?.[1];
  const path = moved === "it" ? / of (\S+): restore/.exec(advice)?.[1] : moved;
  if (path !== undefined) return without(disk, path);
  const cuts = [...advice.matchAll(/truncate -s (\d+) ((?:\/\S+ ?)+)/g)];
  expect([advice, cuts.length]).not.toEqual([advice, 0]);
  const mended = disk.copy();
  for (const [, bytes, paths = ""] of cuts) {
    for (const cut of paths.trim().split(" ")) {
      mended.put(cut, mended.contentOf(cut).subarray(0, Number(bytes)));
    }
  }
  return mended;
}

function without(disk: SimulatedDisk, moved: string): SimulatedDisk {
  const rest = new SimulatedDisk();
  for (const path of disk.files()) {
    if (path !== moved && !path.startsWith(`${moved}/`)) rest.put(path, disk.contentOf(path));
  }
  return rest;
}

function baseOf({ disk }: KeptDirectory): string {
  const path = disk.files().find((name) => name.endsWith(".base.rdb"));
  if (path === undefined) throw new Error("There is no base");
  return path;
}

function flipped(disk: SimulatedDisk, path: string, at: number, mask = 32): SimulatedDisk {
  const damaged = disk.copy();
  const content = damaged.contentOf(path);
  content[at] = (content[at] as number) ^ mask;
  damaged.put(path, content);
  return damaged;
}

/** A journal of files with these contents, base or increment by their names. */
function journalOf(files: Readonly<Record<string, string>>): SimulatedDisk {
  const disk = new SimulatedDisk();
  const lines = Object.entries(files).map(([name, content], i) => {
    disk.put(`${JOURNAL_DIRECTORY}/${name}`, Buffer.from(content, "latin1"));
    const type = name.includes(".incr.") ? "i" : "b";
    return `file ${name} seq ${i + 1} type ${type}\n`;
  });
  disk.put(MANIFEST, Buffer.from(lines.join("")));
  return disk;
}

const keysIn = (text: string): string[] =>
  [...text.matchAll(/^\d+:(\w+) /gm)].map(([, key]) => key as string);

describe("what is advised about a damaged file", () => {
  it("is to move the journal away where it is its base, whichever byte is wrong", async () => {
    using turns = new VirtualTurns();
    const kept = await keepSome(turns, true);
    const path = baseOf(kept);
    const { length } = kept.disk.contentOf(path);
    for (let at = 0; at < length; at++) {
      // 120 makes the beginning of a command of the first letter.
      for (const mask of at === 0 ? [32, 113, 120] : [32]) {
        const damaged = flipped(kept.disk, path, at, mask);
        const advice = await refusalOn(damaged, turns);
        // The version of who wrote it, and the like, may be anything; its beginning may not.
        expect([at, advice === undefined && at < 5]).toEqual([at, false]);
        if (advice === undefined) continue;
        expect(advice).not.toContain("truncate");
        // It may seem to be a file of another version, or of more than is kept here.
        if (/that are$|Laurel keeps|the setting/.test(advice)) continue;
        expect([at, advice.slice(-MOVE_ALL.length)]).toEqual([at, MOVE_ALL]);
        if (at % 16 > 0) continue;
        expect(keysIn(await loadedOn(follow(damaged, advice), turns))).toEqual([]);
      }
    }
  });

  it.each([0, 1, 4, 5, 8, 9, 100])(
    "is the same where of the base no more than %i bytes are there, which is refused",
    async (bytes) => {
      using turns = new VirtualTurns();
      const kept = await keepSome(turns, true);
      const path = baseOf(kept);
      const cut = kept.disk.copy();
      cut.put(path, cut.contentOf(path).subarray(0, bytes));
      const advice = (await refusalOn(cut, turns)) ?? "";
      expect(advice).toContain(`of ${path}: ${MOVE_ALL}`);
      expect(keysIn(await loadedOn(follow(cut, advice), turns))).toEqual([]);
    },
  );

  it.each([0, 3, 8, 50])(
    "is to move it away where it is a snapshot, of which %i bytes are right",
    async (bytes) => {
      using turns = new VirtualTurns();
      const settings = { journal: false };
      const { disk } = await keepSome(turns, false);
      const damaged = bytes === 0 ? disk.copy() : flipped(disk, SNAPSHOT, bytes);
      if (bytes === 0) damaged.put(SNAPSHOT, Buffer.alloc(0));
      const advice = (await refusalOn(damaged, turns, settings)) ?? "";
      expect(advice).toContain(`of ${SNAPSHOT}: restore a copy of the file, or move it away`);
      expect(keysIn(await loadedOn(follow(damaged, advice), turns, settings))).toEqual([]);
    },
  );

  it("is to cut an increment, which loses what is said, whichever byte is wrong", async () => {
    using turns = new VirtualTurns();
    const { disk, lengths, states } = await keepSome(turns, true);
    const path = lastIncrement(disk);
    const { length } = disk.contentOf(path);
    let refusals = 0;
    for (let at = 0; at < length; at++) {
      const damaged = flipped(disk, path, at);
      const advice = await refusalOn(damaged, turns);
      if (advice === undefined) continue;
      refusals++;
      const bytes = Number(/truncate -s (\d+) \S+$/.exec(advice)?.[1]);
      expect(bytes).toBeLessThanOrEqual(at);
      const kept = lengths.lastIndexOf(bytes);
      expect([at, kept]).not.toEqual([at, -1]);
      const loss =
        bytes === 0
          ? "give up all that it holds, as no checksum before the damage is right: "
          : "give up everything behind its last sound checksum: ";
      expect(advice).toContain(`${loss}truncate -s ${bytes} ${path}`);
      expect(await loadedOn(follow(damaged, advice), turns)).toBe(states[kept]);
    }
    expect(refusals).toBeGreaterThan(length / 2);
  });

  it("gives up the files after it, too, so that nothing comes about that never was", async () => {
    using turns = new VirtualTurns();
    const { disk, lengths, states } = await keepSome(turns, true);
    const path = lastIncrement(disk);
    const next = `${JOURNAL_DIRECTORY}/appendonly.aof.99.incr.aof`;
    const lines = disk.contentOf(MANIFEST).toString().split("#CRC32")[0] ?? "";
    disk.put(MANIFEST, Buffer.from(`${lines}file appendonly.aof.99.incr.aof seq 99 type i\n`));
    disk.put(next, Buffer.from(set("after", "1")));
    expect(keysIn(await loadedOn(disk, turns))).toContain("after");
    const at = (lengths.at(-3) as number) + 20;
    for (const damaged of [flipped(disk, path, at), cutAt(disk, path, at)]) {
      const advice = (await refusalOn(damaged, turns)) ?? "";
      expect(advice).toContain(
        `, and all that the files after it hold: truncate -s ${lengths.at(-3)} ${path} && ` +
          `truncate -s 0 ${next}`,
      );
      expect(await loadedOn(follow(damaged, advice), turns)).toBe(states.at(-3));
    }
  });

  it("is to cut behind the last whole command where there are no checksums", async () => {
    using turns = new VirtualTurns();
    const first = set("a", "1");
    const increment = "appendonly.aof.1.incr.aof";
    for (const wrong of [set("b", "2").replace("$3", "?3"), set("b", "2").replace("SET", "SEU")]) {
      const disk = journalOf({ [increment]: first + wrong + set("c", "3") });
      const advice = (await refusalOn(disk, turns)) ?? "";
      expect(advice).toContain(
        `give up everything from offset ${first.length} on (what is before has no checksum, and ` +
          `is not verified): truncate -s ${first.length} ${JOURNAL_DIRECTORY}/${increment}`,
      );
      expect(keysIn(await loadedOn(follow(disk, advice), turns))).toEqual(["a"]);
    }
    const disk = journalOf({ [increment]: `?${first}` });
    const advice = (await refusalOn(disk, turns)) ?? "";
    expect(advice).toContain("give up all that it holds: truncate -s 0 ");
    expect(keysIn(await loadedOn(follow(disk, advice), turns))).toEqual([]);
  });

  it("is to cut a torn end, where that may not be done without being asked", async () => {
    using turns = new VirtualTurns();
    const { disk, lengths, states } = await keepSome(turns, true);
    const path = lastIncrement(disk);
    const torn = cutAt(disk, path, (lengths.at(-2) as number) + 10);
    const settings = { loadTruncated: false };
    const advice = (await refusalOn(torn, turns, settings)) ?? "";
    expect(advice).toContain(`give up what is incomplete: truncate -s ${lengths.at(-2)} ${path}`);
    expect(await loadedOn(follow(torn, advice), turns, settings)).toBe(states.at(-2));
  });
});

describe("a base that Redis wrote as commands", () => {
  const base = "appendonly.aof.1.base.aof";
  const increment = "appendonly.aof.2.incr.aof";

  it("may be empty, as it is where there was nothing", async () => {
    using turns = new VirtualTurns();
    const disk = journalOf({ [base]: "", [increment]: set("a", "1") });
    expect(keysIn(await loadedOn(disk, turns))).toEqual(["a"]);
  });

  it("is not cut, be it damaged or torn: a part of it never was", async () => {
    using turns = new VirtualTurns();
    for (const wrong of [`${set("a", "1")}?`, `${set("a", "1")}*3\r\n$3`]) {
      const disk = journalOf({ [base]: wrong, [increment]: "" });
      const advice = (await refusalOn(disk, turns)) ?? "";
      expect(advice.slice(-MOVE_ALL.length)).toBe(MOVE_ALL);
      expect(keysIn(await loadedOn(follow(disk, advice), turns))).toEqual([]);
    }
  });

  it("is loaded under the name of a snapshot, which it gets when told so during a rewrite", async () => {
    using turns = new VirtualTurns();
    const disk = journalOf({ "appendonly.aof.1.base.rdb": set("a", "1"), [increment]: "" });
    expect(keysIn(await loadedOn(disk, turns))).toEqual(["a"]);
  });

  it("is cut where it grew, as the one file of Redis 6 that became a base", async () => {
    using turns = new VirtualTurns();
    const disk = journalOf({
      "appendonly.aof": `${set("a", "1")}?`,
      [increment]: set("b", "1"),
    });
    const advice = (await refusalOn(disk, turns)) ?? "";
    expect(keysIn(await loadedOn(follow(disk, advice), turns))).toEqual(["a"]);
  });
});

function cutAt(disk: SimulatedDisk, path: string, bytes: number): SimulatedDisk {
  const cut = disk.copy();
  cut.put(path, cut.contentOf(path).subarray(0, bytes));
  return cut;
}
