import { describe, expect, test } from "vitest";
import { MemoryFiles, systemError } from "../support/memory-files.ts";
import { Manifest, readManifest, writeManifest } from "../../src/persistence/journal/manifest.ts";

const NAME = "appendonly.aof";
const PATH = "/d/appendonly.aof.manifest";

describe("a manifest", () => {
  test("has Redis' form: base, history, increments", () => {
    const empty = Manifest.empty(NAME);
    const first = empty.withIncrement(empty.newIncrement(1)).withIncrement(empty.newIncrement(2));
    expect(first.format()).toBe(
      "file appendonly.aof.1.incr.aof seq 1 type i\nfile appendonly.aof.2.incr.aof seq 2 type i\n",
    );
    const based = first.rebased(first.newBase(1), first.newIncrement(2));
    expect(based.rebased(based.newBase(2), based.newIncrement(3)).format()).toBe(
      [
        "file appendonly.aof.2.base.rdb seq 2 type b",
        "file appendonly.aof.1.incr.aof seq 1 type h",
        "file appendonly.aof.1.base.rdb seq 1 type h",
        "file appendonly.aof.2.incr.aof seq 2 type h",
        "file appendonly.aof.3.incr.aof seq 3 type i",
        "",
      ].join("\n"),
    );
    expect(based.withoutHistory().format()).toBe(
      "file appendonly.aof.1.base.rdb seq 1 type b\nfile appendonly.aof.2.incr.aof seq 2 type i\n",
    );
  });

  test("gives no name that a file has, whatever number was written beside it", () => {
    const manifest = Manifest.parse(NAME, `file ${NAME}.4.base.rdb seq 1 type b\n`);
    expect(manifest.newBase(manifest.lastBaseSequence + 1).name).toBe(`${NAME}.5.base.rdb`);
  });

  test("is refused where it names a file twice: it would be removed and needed", () => {
    const text = `file a seq 1 type b\nfile a seq 1 type h\n`;
    expect(() => Manifest.parse(NAME, text)).toThrow("line 2: it names a file once more");
  });

  test("knows the numbers that were given, those of the history, too", () => {
    const manifest = Manifest.parse(
      NAME,
      "file a seq 3 type b\nfile b seq 7 type h\nfile c seq 2 type i\nfile d seq 9 type i\n",
    );
    expect(manifest.lastBaseSequence).toBe(7);
    expect(manifest.lastIncrementSequence).toBe(9);
    expect(Manifest.empty(NAME).lastIncrementSequence).toBe(0);
  });

  test("reads back to the same, whatever the names", () => {
    for (const name of ["a b", 'quote"d', "back'slash", "ä€", "tab\t", "a#b", "*"]) {
      const empty = Manifest.empty(name);
      const manifest = empty.withIncrement(empty.newIncrement(1));
      expect(Manifest.parse(name, manifest.format())).toEqual(manifest);
    }
  });

  test("takes comments, fields that it does not know, and any case of the names of fields", () => {
    const text = '# note\nFILE "a\\x62" TYPE i SEQ 4 more "than that"\n';
    expect(Manifest.parse(NAME, text).increments).toEqual([{ name: "ab", sequence: 4 }]);
  });

  test("is refused with any byte changed, or means the same", () => {
    const empty = Manifest.empty(NAME);
    const first = empty.withIncrement(empty.newIncrement(1));
    const manifest = first.rebased(first.newBase(1), first.newIncrement(2));
    const files = new MemoryFiles();
    writeManifest(files, "/d", manifest);
    const text = files.contentOf(PATH).toString("latin1");
    for (let at = 0; at < text.length; at++) {
      for (let byte = 0; byte < 256; byte++) {
        const changed = text.slice(0, at) + String.fromCharCode(byte) + text.slice(at + 1);
        let parsed = manifest;
        try {
          parsed = Manifest.parse(NAME, changed);
        } catch (error) {
          expect(error).toMatchObject({ code: "PERSISTENCE_FAILED" });
        }
        expect([at, byte, parsed.format()]).toEqual([at, byte, manifest.format()]);
      }
    }
  });

  test.each([
    ["", "line 1"],
    ["file a seq 1 type i\n#CRC32:00000000\n", "line 2"],
    ["file a seq 1 type i", "line 1"],
    ["file a seq 1 type i\nfile b seq 1 type i\n", "line 2"],
    ["file a seq 1 type b\nfile b seq 2 type b\n", "line 2"],
    ["file a seq 1 type x\n", "line 1"],
    ["file a seq 0 type i\n", "line 1"],
    ["file a seq one type i\n", "line 1"],
    ["file a seq 1\n", "line 1"],
    ["file a seq 1 type\n", "line 1"],
    ["file ../a seq 1 type i\n", "line 1"],
    ["file /a seq 1 type i\n", "line 1"],
    ["file a\\b seq 1 type i\n", "line 1"],
    ["file .. seq 1 type i\n", "line 1"],
    ['file "" seq 1 type i\n', "line 1"],
    ['file "a\\x00" seq 1 type i\n', "line 1"],
    ["name a seq 1 type i\n", "line 1"],
    ['file "a seq 1 type i\n', "line 1"],
    ["\n", "line 1"],
    [`file ${"a".repeat(1100)} seq 1 type i\n`, "line 1"],
  ])("is refused with its line where it is %j", (text, line) => {
    const files = new MemoryFiles();
    files.put(PATH, text);
    const read = (): unknown => readManifest(files, "/d", NAME);
    expect(read).toThrow(expect.objectContaining({ code: "PERSISTENCE_FAILED" }) as Error);
    expect(read).toThrow(new RegExp(`Cannot read ${PATH}: ${line}: `));
    expect(files.openFiles).toBe(0);
  });
});

describe("the file of a manifest", () => {
  const empty = Manifest.empty(NAME);
  const former = empty.withIncrement(empty.newIncrement(1));
  const next = former.withIncrement(former.newIncrement(2));

  test("is replaced as a whole", () => {
    const files = new MemoryFiles();
    expect(readManifest(files, "/d", NAME)).toBeUndefined();
    writeManifest(files, "/d", former);
    files.writeShort(10);
    writeManifest(files, "/d", next);
    expect(readManifest(files, "/d", NAME)).toEqual(next);
    expect(files.list("/d")).toEqual(["appendonly.aof.manifest"]);
    expect(files.countOf("sync")).toBe(2);
    expect(files.countOf("syncDirectory")).toBe(2);
  });

  test.each(["open", "write", "sync", "rename"] as const)(
    "stays as it was where %s fails",
    (operation) => {
      const files = new MemoryFiles();
      writeManifest(files, "/d", former);
      files.failNext(operation, systemError("ENOSPC"));
      expect(() => writeManifest(files, "/d", next)).toThrow("ENOSPC");
      expect(readManifest(files, "/d", NAME)).toEqual(former);
      expect(files.openFiles).toBe(0);
    },
  );
});
