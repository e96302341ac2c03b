import { execFileSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type OpenMode, systemFiles } from "./file-system.ts";

const MODES: readonly OpenMode[] = ["read", "write", "append", "create"];

function newDirectory(): string {
  const dir = mkdtempSync(join(tmpdir(), "laurel-files-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** @returns whether the system has pipes among its files */
function makePipe(path: string): boolean {
  try {
    execFileSync("mkfifo", [path], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

test.each(MODES)("a pipe in the place of a file is refused, not waited for: %s", (mode) => {
  const path = join(newDirectory(), "dump.rdb");
  if (!makePipe(path)) return;
  const reason = mode === "create" ? "EEXIST" : "EINVAL: not a regular file";
  expect(() => systemFiles.open(path, mode)).toThrow(reason);
  expect(() => systemFiles.open(path, mode)).toThrow(path);
});

test("a pipe that somebody reads is no file either", () => {
  const path = join(newDirectory(), "pipe");
  if (!makePipe(path)) return;
  const fd = openSync(path, "r+");
  onTestFinished(() => closeSync(fd));
  expect(() => systemFiles.open(path, "append")).toThrow("EINVAL: not a regular file");
});

test("directories and devices are no files", () => {
  const dir = newDirectory();
  expect(() => systemFiles.open(dir, "read")).toThrow(`not a regular file, open '${dir}'`);
  const path = join(dir, "device");
  symlinkSync("/dev/null", path);
  if (!existsSync(path)) return;
  for (const mode of ["read", "write", "append"] as const) {
    expect(() => systemFiles.open(path, mode)).toThrow(`not a regular file, open '${path}'`);
  }
});

test("each mode opens files as it says", () => {
  const path = join(newDirectory(), "file");
  const put = (mode: OpenMode, text: string): void => {
    const fd = systemFiles.open(path, mode);
    systemFiles.write(fd, Buffer.from(text));
    systemFiles.close(fd);
  };
  expect(() => systemFiles.open(path, "read")).toThrow("ENOENT");
  put("create", "one");
  expect(() => systemFiles.open(path, "create")).toThrow("EEXIST");
  put("append", " two");
  expect(readFileSync(path, "utf8")).toBe("one two");
  put("write", "three");
  expect(readFileSync(path, "utf8")).toBe("three");
});

test("anything but a directory is refused where its names are to be on the disk", () => {
  const path = join(newDirectory(), "pipe");
  if (!makePipe(path)) return;
  expect(() => systemFiles.syncDirectory(path)).toThrow("EINVAL");
  mkdirSync(`${path}.d`);
  systemFiles.syncDirectory(`${path}.d`);
});

test("a directory is made once, and not where there is something else or nothing can be", () => {
  const path = join(newDirectory(), "made");
  systemFiles.makeDirectory(path);
  systemFiles.makeDirectory(path);
  expect(systemFiles.list(path)).toEqual([]);
  writeFileSync(join(path, "file"), "");
  expect(() => systemFiles.makeDirectory(join(path, "file"))).toThrow("EEXIST");
  expect(() => systemFiles.makeDirectory("/proc/not-there")).toThrow(/ENOENT|EROFS|EACCES|EPERM/);
});

test("closing later closes, and never throws", async () => {
  const path = join(newDirectory(), "file");
  writeFileSync(path, "content");
  const fd = systemFiles.open(path, "read");
  systemFiles.closeLater(fd);
  await expect.poll(() => isOpen(fd)).toBe(false);
  systemFiles.closeLater(fd);
});

function isOpen(fd: number): boolean {
  try {
    systemFiles.size(fd);
    return true;
  } catch {
    return false;
  }
}
