import { expect, test } from "vitest";
import type { FileSystem } from "./file-system.ts";
import { systemFiles } from "./file-system.ts";
import { makeDirectory } from "./make-directory.ts";

/** Directories of which these are there, with all that was done to them. */
function directories(...there: readonly string[]): { fs: FileSystem; done: string[] } {
  const existing = new Set(there);
  const done: string[] = [];
  const fs: FileSystem = {
    ...systemFiles,
    identity: (path) => (existing.has(path) ? path : undefined),
    makeDirectory(path) {
      existing.add(path);
      done.push(`make ${path}`);
    },
    syncDirectory: (path) => void done.push(`sync ${path}`),
  };
  return { fs, done };
}

test("a directory is made with those above it, each on the disk before the next", () => {
  const { done, fs } = directories("/", "/a");
  makeDirectory(fs, "/a/b/c");
  expect(done).toEqual(["make /a/b", "sync /a", "make /a/b/c", "sync /a/b"]);
});

test("what is there is left alone", () => {
  const { done, fs } = directories("/", "/a");
  makeDirectory(fs, "/a");
  makeDirectory(fs, "/");
  expect(done).toEqual([]);
});

test("the error of the system is thrown, and nothing is made below", () => {
  const { done, fs } = directories("/");
  const refusing: FileSystem = {
    ...fs,
    makeDirectory() {
      throw new Error("EROFS: read-only file system");
    },
  };
  expect(() => makeDirectory(refusing, "/a/b")).toThrow("EROFS");
  expect(done).toEqual([]);
});
