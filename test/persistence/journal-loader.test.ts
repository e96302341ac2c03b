import { describe, expect, test } from "vitest";
import type { Databases } from "../../src/engine/databases.ts";
import { expireAt, remove } from "../../src/engine/keys.ts";
import { zAdd, zRem } from "../../src/engine/sorted-sets.ts";
import { append, set } from "../../src/engine/strings.ts";
import { CacheError } from "../../src/errors.ts";
import { Journal } from "../../src/persistence/journal/journal.ts";
import type { JournalLoaderOptions } from "../../src/persistence/journal/journal-loader.ts";
import { MemoryFiles, systemError } from "../support/memory-files.ts";
import { VirtualTime } from "../support/virtual-time.ts";
import { type Data, dataOf } from "./support/data-of.ts";
import { Kept, load, loadText, PATH } from "./support/kept-journal.ts";

/** A journal of some thirty units with every kind of effect, and the state after each of them. */
function variedJournal(): { bytes: Buffer; states: readonly Data[] } {
  const kept = new Kept();
  const states: Data[] = [dataOf(kept.databases)];
  const unit = (run: (databases: Databases) => void, isCommitted = true): void => {
    kept.unit(run, isCommitted);
    states.push(dataOf(kept.databases));
  };
  for (let round = 0; round < 3; round++) {
    const key = (name: string): string => `${name}${round}`;
    unit(({ first }) => set(first, key("a"), `value\r\n${round}`, Infinity), false);
    unit(({ first }) => set(first, key("b"), "\0\xff", 5_000_000), false);
    unit(({ first }) => {
      set(first, key("c"), "1", Infinity);
      append(first, key("c"), "23", 100);
      expireAt(first, key("c"), 7_000_000);
    });
    unit((databases) => {
      set(databases.at(3), key("d"), "", Infinity);
      set(databases.first, key("e"), "x".repeat(40), Infinity);
    });
    unit(({ first }) => {
      zAdd(
        first,
        key("z"),
        [
          { member: "m", score: -1.5 },
          { member: "n", score: Infinity },
          { member: "o", score: -0 },
        ],
        {},
      );
    }, false);
    unit(({ first }) => zRem(first, key("z"), ["n", "none"]), false);
    unit(({ first }) => remove(first, key("a")));
    unit((databases) => databases.swap(0, 3));
    unit((databases) => {
      databases.swap(3, 0);
      expireAt(databases.first, key("c"), Infinity);
    });
    unit((databases) => (round === 1 ? databases.at(3).clear() : databases.at(4).clear()));
  }
  return { bytes: kept.files.contentOf(PATH), states };
}

const asText = (state: Data): string => JSON.stringify(state);

describe("a journal that is loaded", () => {
  test("gives the state that was recorded", () => {
    const { bytes, states } = variedJournal();
    const files = new MemoryFiles();
    files.put(PATH, bytes);
    const { log, result, state } = load(files);
    expect(state).toEqual(states.at(-1));
    expect(result).toMatchObject({ bytes: bytes.length, cutBytes: 0 });
    expect(log).toEqual([]);
    expect(files.openFiles).toBe(0);
  });

  test("goes on where it ended, with the same checksum", () => {
    const { bytes, states } = variedJournal();
    const files = new MemoryFiles();
    files.put(PATH, bytes);
    const { result } = load(files);
    const kept = new Kept();
    const journal = new Journal(
      files,
      new VirtualTime().timers,
      { fsync: "no" },
      {
        failed: () => {},
        recovered: () => {},
      },
    );
    journal.switchTo(PATH, "append", result.crc);
    kept.databases.listen(journal);
    set(kept.databases.at(2), "new", "1", Infinity);
    journal.commit();
    const added = { name: "2:new", expiresAt: Infinity, content: '"1"' };
    const { state } = load(files);
    expect(state.filter(({ name }) => name !== "2:new")).toEqual(states.at(-1));
    expect(state).toContainEqual(added);
  });

  test("that is cut at any byte gives the state after a whole unit", () => {
    const { bytes, states } = variedJournal();
    const places = new Map(states.map((state, index) => [asText(state), index]));
    let last = 0;
    for (let length = 0; length <= bytes.length; length++) {
      const files = new MemoryFiles();
      files.put(PATH, bytes.subarray(0, length));
      const { result, state } = load(files);
      const place = places.get(asText(state)) ?? -1;
      expect(place, `cut at ${length}`).toBeGreaterThanOrEqual(last);
      expect(place, `cut at ${length}`).toBeLessThanOrEqual(last + 2);
      last = place;
      expect(result.bytes + result.cutBytes).toBe(length);
      // What is left is whole, and loads again to the same.
      const again = load(files);
      expect(asText(again.state)).toBe(asText(state));
      expect(again.result).toEqual({ ...result, cutBytes: 0 });
    }
    expect(last).toBe(places.get(asText(states.at(-1) as Data)));
  });

  test("with zeros at its end gives the state before them", () => {
    const { bytes, states } = variedJournal();
    const places = new Set(states.map(asText));
    for (let length = 0; length <= bytes.length; length += 3) {
      const files = new MemoryFiles();
      files.put(PATH, Buffer.concat([bytes.subarray(0, length), Buffer.alloc(600)]));
      const { result, state } = load(files);
      expect(places.has(asText(state)), `cut at ${length}`).toBe(true);
      expect(result.cutBytes).toBeGreaterThanOrEqual(600);
    }
  });

  test("with any byte changed is refused, or loses nothing but its end", () => {
    const { bytes, states } = variedJournal();
    const places = new Set(states.map(asText));
    let refused = 0;
    let taken = 0;
    for (let at = 0; at < bytes.length; at++) {
      for (const change of [1, 2, 16, 32, 128, 255, bytes[at] as number]) {
        const files = new MemoryFiles();
        const damaged = Buffer.from(bytes);
        damaged[at] = (damaged[at] as number) ^ change;
        files.put(PATH, damaged);
        try {
          const { state } = load(files);
          expect(places.has(asText(state)), `byte ${at} ^ ${change}`).toBe(true);
          taken++;
        } catch (error) {
          expect(error, `byte ${at} ^ ${change}`).toBeInstanceOf(CacheError);
          expect(error).toMatchObject({ code: "PERSISTENCE_FAILED" });
          refused++;
        }
        expect(files.openFiles).toBe(0);
      }
    }
    // Only the very last line can be taken for something else.
    expect(refused).toBeGreaterThan(0);
    expect(taken).toBeLessThan(17 * 7);
  });

  test("is cut behind the checksum of what is whole", () => {
    const kept = new Kept();
    kept.unit(({ first }) => set(first, "a", "1", Infinity));
    const { length } = kept.files.contentOf(PATH);
    kept.unit(({ first }) => set(first, "b", "2", Infinity));
    kept.files.put(PATH, kept.files.contentOf(PATH).subarray(0, length + 10));
    expect(load(kept.files).result).toMatchObject({ bytes: length, cutBytes: 10 });
  });

  test("that a process left within the first unit is empty", () => {
    const { log, result, state } = loadText(
      "*1\r\n$5\r\nMULTI\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n",
    );
    expect(state).toEqual([]);
    expect(result).toEqual({ bytes: 0, crc: 0, cutBytes: 42 });
    expect(log).toEqual([`warning: Cut ${PATH} at offset 0: 42 bytes were incomplete.`]);
  });

  test("is loaded in steps, a large unit, too", () => {
    const kept = new Kept();
    kept.unit(({ first }) => {
      for (let i = 0; i < 10_000; i++) set(first, `k${i}`, "v", Infinity);
    });
    const { state, steps } = load(kept.files);
    expect(state).toHaveLength(10_000);
    expect(steps).toBeGreaterThan(14);
  });

  test("may hold values that are longer than what is read at once", () => {
    const kept = new Kept();
    const long = "0123456789".repeat(100_000);
    kept.unit(({ first }) => {
      set(first, "a", "1", Infinity);
      set(first, "long", long, Infinity);
      set(first, "b", "2", Infinity);
    });
    kept.unit(({ first }) => set(first, "c", long, Infinity));
    const { state } = load(kept.files);
    expect(state.map(({ name }) => name)).toEqual(["0:a", "0:b", "0:c", "0:long"]);
    const contents = state.map(({ content }) => content);
    expect(contents[1]).toBe('"2"');
    expect(contents[2] === `"${long}"`).toBe(true);
    expect(contents[3] === `"${long}"`).toBe(true);
  });

  test("may hold values of any length around that which is read at once", () => {
    const lengths = [0, 1, 10, 100, 1000, 32_000, 131_000, 262_000, 262_100, 262_144, 300_000];
    for (const shift of [0, 1, 2, 7, 29]) {
      const kept = new Kept();
      for (const length of [...lengths, ...lengths.toReversed(), ...lengths]) {
        const value = "x".repeat(length + shift);
        kept.unit(({ first }) => set(first, `${length}`, value, Infinity), length % 3 === 0);
      }
      kept.journal.commit();
      expect(load(kept.files).state).toEqual(dataOf(kept.databases));
    }
  });

  test("takes no deadline for past, nor limits for exceeded", () => {
    const { state } = loadText(
      "*5\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n$4\r\nPXAT\r\n$1\r\n5\r\n" +
        "*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$1\r\n1\r\n*3\r\n$9\r\nPEXPIREAT\r\n$1\r\nb\r\n$1\r\n9\r\n",
    );
    expect(state).toEqual([
      { name: "0:a", expiresAt: 5, content: '"1"' },
      { name: "0:b", expiresAt: 9, content: '"1"' },
    ]);
  });

  test("may have commands behind something else", () => {
    const { result, state } = loadText("REDIS0011...*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n", {
      startOffset: 12,
    });
    expect(state).toEqual([{ name: "0:a", expiresAt: Infinity, content: '"1"' }]);
    expect(result.bytes).toBe(39);
  });
});

/** Why a journal of this text is not loaded. */
const refusalOf = (text: string, options: Partial<JournalLoaderOptions> = {}): string => {
  try {
    loadText(text, options);
  } catch (error) {
    expect(error).toMatchObject({ code: "PERSISTENCE_FAILED" });
    return (error as Error).message;
  }
  return "none";
};

describe("a journal that is not loaded", () => {
  const SET = "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n";

  test.each([
    ["*2\r\n$5\r\nLPUSH\r\n$1\r\na\r\n", "LPUSH"],
    ["*2\r\n$3\r\nGET\r\n$1\r\na\r\n", "GET"],
    ["*1\r\n$4\r\nEXEC\r\n", "EXEC"],
    ["*1\r\n$3\r\nSET\r\n", "SET"],
    ["*1\r\n$5\r\nMULTI\r\n*1\r\n$5\r\nMULTI\r\n", "MULTI"],
    ["*2\r\n$6\r\nSELECT\r\n$2\r\n16\r\n", "SELECT"],
    ["*4\r\n$4\r\nZADD\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\na\r\n", "ZADD"],
    ["*4\r\n$8\r\nBZPOPMIN\r\n$1\r\nx\r\n$1\r\ny\r\n$1\r\n0\r\n", "BZPOPMIN"],
  ])("names the command and its offset: %j", (text, name) => {
    const message = refusalOf(SET + text);
    expect(message).toContain(PATH);
    expect(message).toContain(`"${name}"`);
    expect(message).toMatch(/offset (27|42)/);
  });

  test.each([
    ["SET a 1\r\n", 27],
    ["*0\r\n", 27],
    ["*03\r\n", 30],
    ["*-1\r\n", 28],
    ["*3\n", 29],
    ["*1\r\n+OK\r\n......", 31],
    ["*1\r\n$4\r\nPINGxx......", 39],
    ["*99999999999\r\n", 38],
    ["#CRC32:00000000\r\n", 27],
    ["#CRC32:nonsense\r\n", 27],
    [`#${"x".repeat(2000)}\r\n`, 27],
    ["#TS:1\n", 32],
  ])("names the offset of what is damaged: %j", (text, offset) => {
    const message = refusalOf(SET + text);
    expect(message).toContain(`${PATH}: it is damaged at offset ${offset}`);
    expect(message).toMatch(new RegExp(`: truncate -s (0|27) ${PATH}$`));
  });

  test("ends within a command, and is not the last one or may not be cut", () => {
    expect(refusalOf(`${SET}*3\r\n$3\r`, { followers: ["/d/b.aof"] })).toContain(
      "other files follow",
    );
    expect(refusalOf(`${SET}*3\r\n$3\r`, { loadTruncated: false })).toContain("aof-load-truncated");
    const files = new MemoryFiles();
    files.put(PATH, `${SET}*3`);
    expect(() => load(files, { loadTruncated: false })).toThrow(
      /the last 2 bytes, from offset 27 on/,
    );
    expect(files.contentOf(PATH).length).toBe(29);
  });

  test("cannot be read, or not be cut", () => {
    const files = new MemoryFiles();
    expect(() => load(files)).toThrow(/ENOENT/);
    files.put(PATH, `${SET}*3`);
    files.failNext("read", systemError("EIO"));
    expect(() => load(files)).toThrow(/Cannot load .*EIO/);
    files.failNext("truncate", systemError("EROFS"));
    expect(() => load(files)).toThrow(/Cannot load .*EROFS/);
    expect(files.openFiles).toBe(0);
  });

  test("has a length so wrong that it seems to go on beyond the end", () => {
    const { bytes } = variedJournal();
    const text = bytes.toString("latin1");
    const at = text.indexOf("$40");
    const damaged = `${text.slice(0, at)}$999999${text.slice(text.indexOf("\r", at))}`;
    expect(refusalOf(damaged)).toContain("was complete once");
  });

  test("has damage behind a sound checksum, and is told the command that gives up what is behind", () => {
    const kept = new Kept();
    for (const key of ["a", "b", "c"]) {
      kept.unit(({ first }) => set(first, key, "seventeen letters", Infinity));
    }
    const text = kept.files.contentOf(PATH).toString("latin1");
    const at = text.lastIndexOf("seventeen");
    const sound = text.indexOf("\r\n", text.lastIndexOf("#CRC32:", at)) + 2;
    const damaged = `${text.slice(0, at)}S${text.slice(at + 1)}`;
    expect(refusalOf(damaged)).toMatch(new RegExp(`: truncate -s ${sound} ${PATH}$`));
  });

  test("has such a length, and is cut off at its end besides", () => {
    const kept = new Kept();
    for (const key of ["a", "b", "c", "d"]) {
      kept.unit(({ first }) => set(first, key, "seventeen letters", Infinity));
    }
    const text = kept.files.contentOf(PATH).toString("latin1").replace("$17", "$999");
    expect(refusalOf(text.slice(0, -5))).toContain("was complete once");
    // One checksum proves nothing: it may be part of a value.
    const { result } = loadText(text.slice(0, text.indexOf("#CRC32:") + 30));
    expect(result.bytes).toBe(23);
  });
});
