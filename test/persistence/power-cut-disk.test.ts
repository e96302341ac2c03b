import { describe, expect, it } from "vitest";
import { Dice } from "../simulation/dice.ts";
import { ProcessFiles } from "./support/process-files.ts";
import { SimulatedDisk } from "./support/simulated-disk.ts";

const CUTS = 200;

describe("the simulated disk", () => {
  it("leaves all that was synced, and of the rest only what was written", () => {
    const found = cut((files) => {
      const fd = files.open("/d/file", "create");
      files.write(fd, Buffer.from("safe "));
      files.sync(fd);
      files.syncDirectory("/d");
      files.write(fd, Buffer.from("lost"));
    }, contentOf("/d/file"));
    expect(found).toContain("safe ");
    expect(found).toContain("safe lost");
    expect(found).toContain("safe lo");
    expect([...found].some((text) => text.endsWith("\0"))).toBe(true);
    for (const text of found) expect(text).toMatch(/^safe l?o?s?t?\0*$/);
  });

  it("forgets the name of a synced file whose directory was not synced", () => {
    const found = cut((files) => {
      const fd = files.open("/d/file", "create");
      files.write(fd, Buffer.from("content"));
      files.sync(fd);
    }, contentOf("/d/file"));
    expect([...found].sort()).toEqual(["(none)", "content"]);
  });

  it("keeps a renaming or not, and after a sync of the directory does", () => {
    expect([...cut(rename, contentOf("/d/name"))].sort()).toEqual(["after", "before"]);
    const renameSafely = (files: ProcessFiles): void => {
      rename(files);
      files.syncDirectory("/d");
    };
    expect([...cut(renameSafely, contentOf("/d/name"))]).toEqual(["after"]);
  });

  it("does not make good a sync that failed by a later one", () => {
    const found = cut((files) => {
      const fd = files.open("/d/file", "create");
      files.syncDirectory("/d");
      files.write(fd, Buffer.from("one "));
      files.calls.plan({ at: files.calls.count + 1, fault: "EIO", lasts: false });
      expect(() => files.sync(fd)).toThrow("EIO");
      files.write(fd, Buffer.from("two"));
      files.sync(fd);
    }, contentOf("/d/file"));
    expect([...found].sort()).toEqual(["\0\0\0\0two", "one two"]);
  });
});

/** What is found after power cuts, each after the same beginning. */
function cut(
  begin: (files: ProcessFiles) => void,
  look: (disk: SimulatedDisk) => string,
): Set<string> {
  const found = new Set<string>();
  for (let seed = 1; seed <= CUTS; seed++) {
    const disk = new SimulatedDisk();
    disk.makeDirectory("/d");
    disk.syncAll();
    const dice = new Dice(seed);
    begin(new ProcessFiles(disk, dice));
    found.add(look(disk.afterPowerCut(dice)));
  }
  return found;
}

function contentOf(path: string): (disk: SimulatedDisk) => string {
  return (disk) => (disk.find(path) === undefined ? "(none)" : disk.contentOf(path).toString());
}

function rename(files: ProcessFiles): void {
  files.disk.put("/d/name", Buffer.from("before"));
  files.disk.put("/d/other", Buffer.from("after"));
  files.rename("/d/other", "/d/name");
}
