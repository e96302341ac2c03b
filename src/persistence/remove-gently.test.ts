import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { type FileSystem, systemFiles } from "./file-system.ts";
import { removeGently, renameGently } from "./remove-gently.ts";

let older: string;
let newer: string;
/** What files held that were closed off the main thread. */
let closedLater: string[];
let openFiles: number;

beforeEach(() => {
  const dir = mkdtempSync(join(tmpdir(), "laurel-gently-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  older = join(dir, "older");
  newer = join(dir, "newer");
  writeFileSync(older, "older");
  writeFileSync(newer, "newer");
  closedLater = [];
  openFiles = 0;
});

function files(others: Partial<FileSystem> = {}): FileSystem {
  return {
    ...systemFiles,
    open: (path, mode) => {
      const fd = systemFiles.open(path, mode);
      openFiles++;
      return fd;
    },
    closeLater: (fd) => {
      openFiles--;
      const bytes = Buffer.alloc(5);
      systemFiles.read(fd, bytes, 0);
      closedLater.push(bytes.toString());
      systemFiles.closeLater(fd);
    },
    ...others,
  };
}

function failing(): never {
  throw new Error("EIO: made to fail");
}

test("a file that is removed is open until it is closed off the main thread", () => {
  removeGently(files(), older);
  expect(existsSync(older)).toBe(false);
  expect(closedLater).toEqual(["older"]);
  expect(openFiles).toBe(0);
});

test("so is one whose name another file gets", () => {
  renameGently(files(), newer, older);
  expect(readFileSync(older, "utf8")).toBe("newer");
  expect(existsSync(newer)).toBe(false);
  expect(closedLater).toEqual(["older"]);
  expect(openFiles).toBe(0);
});

test("what cannot be opened, or is not there, goes all the same", () => {
  const unreadable = files({ open: failing });
  removeGently(unreadable, older);
  removeGently(unreadable, older);
  renameGently(files(), newer, older);
  expect(readFileSync(older, "utf8")).toBe("newer");
  expect(closedLater).toEqual([]);
});

test("where the system refuses it throws, and nothing stays open", () => {
  expect(() => removeGently(files({ remove: failing }), older)).toThrow("EIO");
  expect(() => renameGently(files({ rename: failing }), newer, older)).toThrow("EIO");
  expect([existsSync(older), existsSync(newer)]).toEqual([true, true]);
  expect(openFiles).toBe(0);
});
