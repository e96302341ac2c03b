import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { systemTimers, type Timers } from "../cache/platform.ts";
import { CacheError } from "../errors.ts";
import { type FileSystem, systemFiles } from "./file-system.ts";
import { LockFile } from "./lock-file.ts";
import { type LockOwner, type Processes, systemProcesses } from "./lock-owner.ts";

const LOCK_FILE = new URL("lock-file.ts", import.meta.url).href;
const FILE_SYSTEM = new URL("file-system.ts", import.meta.url).href;

function lockPath(): string {
  const dir = mkdtempSync(join(tmpdir(), "laurel-lock-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return join(dir, "laurel.lock");
}

function refusal(path: string, fs = systemFiles, processes?: Processes): CacheError {
  try {
    LockFile.take(fs, path, systemTimers, processes).release();
  } catch (error) {
    if (error instanceof CacheError) return error;
    throw error;
  }
  throw new Error("the lock was taken");
}

function ownerOf(path: string): LockOwner {
  return JSON.parse(readFileSync(path, "utf8")) as LockOwner;
}

function leave(path: string, owner: Partial<LockOwner>): void {
  const text = JSON.stringify({ ...systemProcesses.self(), ...owner });
  writeFileSync(path, text);
}

/** Makes a lock look as if it had been written to last so many seconds ago. */
function silence(path: string, seconds: number): void {
  const at = Date.now() / 1000 - seconds;
  utimesSync(path, at, at);
}

/** Processes of which the ones given live, each with the start given. */
function processes(living: Readonly<Record<number, string>>): Processes {
  return {
    ...systemProcesses,
    isAlive: (pid) => pid in living,
    startOf: (pid) => living[pid] ?? "",
  };
}

/** Another process that takes the lock, holds it, and says so. */
async function holder(path: string) {
  const program = `
    const { LockFile } = await import(${JSON.stringify(LOCK_FILE)});
    const { systemFiles } = await import(${JSON.stringify(FILE_SYSTEM)});
    try {
      LockFile.take(systemFiles, ${JSON.stringify(path)});
      console.log("taken");
    } catch (error) {
      console.log(error.code);
    }
    setInterval(() => {}, 1000);
  `;
  const args = ["--import", "tsx", "--input-type=module", "-e", program];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  return { child, said: said.toString().trim() };
}

test("a lock is a file for its owner's eyes that names who holds it", () => {
  const path = lockPath();
  const lock = LockFile.take(systemFiles, path);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const { pid, host, since } = ownerOf(path);
  expect({ pid, host }).toEqual({ pid: process.pid, host: hostname() });
  expect(Math.abs(Date.parse(since) - Date.now())).toBeLessThan(60_000);
  lock.release();
  expect(readdirSync(join(path, ".."))).toEqual([]);
});

test("a process does not get the lock twice", () => {
  const path = lockPath();
  const lock = LockFile.take(systemFiles, path);
  const { code, message } = refusal(path);
  expect(code).toBe("PERSISTENCE_FAILED");
  expect(message).toBe(
    `Cannot open ${join(path, "..")}: it is in use by process ${process.pid} on ${hostname()} ` +
      `since ${ownerOf(path).since}`,
  );
  lock.release();
  LockFile.take(systemFiles, path).release();
  expect(readdirSync(join(path, ".."))).toEqual([]);
});

test("release leaves alone what is another's, and may be called again", () => {
  const path = lockPath();
  const lock = LockFile.take(systemFiles, path);
  rmSync(path);
  const next = LockFile.take(systemFiles, path);
  lock.release();
  lock.release();
  expect(existsSync(path)).toBe(true);
  next.release();
});

test("a lock is kept from others while its process lives, and theirs once it was killed", async () => {
  const path = lockPath();
  const { child, said } = await holder(path);
  expect(said).toBe("taken");
  expect(refusal(path).message).toContain(`in use by process ${child.pid} on`);
  const second = await holder(path);
  expect(second.said).toBe("PERSISTENCE_FAILED");
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
  LockFile.take(systemFiles, path).release();
});

test("a process id that another process got does not keep anybody out", () => {
  const path = lockPath();
  leave(path, { pid: 4242, started: "100" });
  expect(refusal(path, systemFiles, processes({ 4242: "100" })).message).toContain("4242");
  LockFile.take(systemFiles, path, systemTimers, processes({ 4242: "7000" })).release();
});

test("where nothing tells when processes began, one that lives holds its lock", () => {
  const path = lockPath();
  leave(path, { pid: 4242, started: "" });
  expect(refusal(path, systemFiles, processes({ 4242: "7000" })).message).toContain("4242");
  leave(path, { pid: 4242, started: "100" });
  expect(refusal(path, systemFiles, processes({ 4242: "" })).message).toContain("4242");
});

test("a lock of the machine's last run does not keep anybody out", () => {
  const path = lockPath();
  leave(path, { boot: "another one" });
  LockFile.take(systemFiles, path).release();
});

test("a lock of another host is kept, and the error says which file to remove", () => {
  const path = lockPath();
  leave(path, {
    host: "elsewhere",
    pid: 7,
    boot: "another one",
    since: "2026-01-02T03:04:05.678Z",
  });
  expect(refusal(path).message).toBe(
    `Cannot open ${join(path, "..")}: it is in use by process 7 on elsewhere since ` +
      "2026-01-02T03:04:05.678Z, or was until less than 30 s ago; " +
      `if that process is gone, try again after 30 s, or remove ${path}`,
  );
});

test("a process in another container is not taken for dead, since ids mean others there", () => {
  const path = lockPath();
  leave(path, { pid: 4242, namespace: "pid:[1]" });
  const { message } = refusal(path, systemFiles, processes({}));
  expect(message).toContain(`process 4242 in another container on ${hostname()} since`);
  expect(message).toContain(`remove ${path}`);
  leave(path, { pid: 4242, namespace: "" });
  LockFile.take(systemFiles, path, systemTimers, processes({})).release();
});

const strangers: readonly Partial<LockOwner>[] = [{ host: "elsewhere" }, { namespace: "pid:[1]" }];
test.each(strangers)("who is beyond reach (%o) loses the lock after half a minute", (stranger) => {
  const path = lockPath();
  leave(path, stranger);
  silence(path, 25);
  expect(refusal(path).message).toContain("less than 30 s ago");
  silence(path, 35);
  LockFile.take(systemFiles, path).release();
  expect(readdirSync(join(path, ".."))).toEqual([]);
});

test("a process that lives keeps its lock however long it is silent", () => {
  const path = lockPath();
  leave(path, {});
  silence(path, 3600);
  expect(refusal(path).message).toContain(`in use by process ${process.pid}`);
});

test("who holds a lock shows every few seconds that it lives, until it lets go", () => {
  const path = lockPath();
  const waiting = new Map<number, { run: () => void; ms: number }>();
  let lastId = 0;
  const timers: Timers = {
    setTimeout: (run, ms) => {
      waiting.set(++lastId, { run, ms });
      return lastId;
    },
    clearTimeout: (id: number) => void waiting.delete(id),
  };
  const lock = LockFile.take(systemFiles, path, timers);
  const text = readFileSync(path, "utf8");
  for (let i = 1; i <= 3; i++) {
    silence(path, 3600);
    expect([...waiting.values()].map(({ ms }) => ms)).toEqual([5000]);
    waiting.get(i)?.run();
    waiting.delete(i);
    expect(Date.now() - statSync(path).mtimeMs).toBeLessThan(60_000);
    expect(readFileSync(path, "utf8")).toBe(text);
  }
  lock.release();
  expect(waiting.size).toBe(0);
  expect(readdirSync(join(path, ".."))).toEqual([]);
});

test("a lock whose owner showed that it lives just when it was moved is given back", () => {
  const path = lockPath();
  leave(path, { host: "elsewhere", pid: 7 });
  silence(path, 3600);
  const interrupted: FileSystem = {
    ...systemFiles,
    rename: (from, to) => {
      if (from === path) silence(path, 0);
      systemFiles.rename(from, to);
    },
  };
  expect(refusal(path, interrupted).message).toContain("process 7 on elsewhere");
  expect(readdirSync(join(path, ".."))).toEqual(["laurel.lock"]);
});

test("what processes left that ended while they took the lock is removed", () => {
  const path = lockPath();
  const dir = join(path, "..");
  const draft = (n: number): string => `${path}.${String(n).repeat(16)}`;
  leave(draft(1), { boot: "another one" });
  leave(`${draft(2)}.former`, { boot: "another one" });
  writeFileSync(draft(3), "");
  silence(draft(3), 3600);
  // These may be needed, or are nothing of ours.
  writeFileSync(draft(4), "");
  leave(draft(5), {});
  writeFileSync(`${path}.mine`, "");
  LockFile.take(systemFiles, path).release();
  const kept = [draft(4), draft(5), `${path}.mine`].map((file) => basename(file));
  expect(readdirSync(dir).toSorted()).toEqual(kept);
});

test("where the lock cannot be written the error names it and the reason, and nothing stays", () => {
  const path = lockPath();
  const full: FileSystem = {
    ...systemFiles,
    write: () => {
      throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    },
  };
  const error = refusal(path, full);
  expect(error.message).toBe(
    `Cannot open ${join(path, "..")}: the lock ${path} cannot be taken: ` +
      "ENOSPC: no space left on device, write",
  );
  expect(error.cause).toMatchObject({ code: "ENOSPC" });
  expect(readdirSync(join(path, ".."))).toEqual([]);
});

test("a file that names no owner, and goes on doing so for seconds, is nobody's", () => {
  const path = lockPath();
  for (const text of ["", "{", "null", `{"pid":-1}`]) {
    writeFileSync(path, text);
    let waitedMs = 0;
    const pause = (ms: number): void => void (waitedMs += ms);
    LockFile.take(systemFiles, path, systemTimers, { ...systemProcesses, pause }).release();
    expect(existsSync(path)).toBe(false);
    expect(waitedMs).toBeGreaterThanOrEqual(2000);
  }
});

test("a file whose owner is written a moment later is that owner's", () => {
  const path = lockPath();
  writeFileSync(path, "");
  const pause = (): void => leave(path, {});
  const { message } = refusal(path, systemFiles, { ...systemProcesses, pause });
  expect(message).toContain(`in use by process ${process.pid}`);
});

test("of two that find the same dead lock one gets it, the other learns of the first", () => {
  const path = lockPath();
  leave(path, { boot: "another one" });
  let first: LockFile | undefined;
  // The second one has judged the lock, and is about to move it, when the first one takes it.
  const interrupted: FileSystem = {
    ...systemFiles,
    rename: (from, to) => {
      if (from === path) first ??= LockFile.take(systemFiles, path);
      systemFiles.rename(from, to);
    },
  };
  expect(refusal(path, interrupted).message).toContain(`in use by process ${process.pid}`);
  expect(first).toBeDefined();
  first?.release();
  expect(readdirSync(join(path, ".."))).toEqual([]);
});

test("where files cannot have two names a lock is taken all the same, by one", () => {
  const path = lockPath();
  const plain: FileSystem = {
    ...systemFiles,
    link: () => {
      throw Object.assign(new Error("operation not permitted"), { code: "EPERM" });
    },
  };
  const lock = LockFile.take(plain, path);
  expect(ownerOf(path).pid).toBe(process.pid);
  expect(refusal(path, plain).message).toContain("in use by process");
  lock.release();
  expect(readdirSync(join(path, ".."))).toEqual([]);
});

test("a directory that is not there, or not to be written to, is the system's own error", () => {
  const path = join(lockPath(), "none", "laurel.lock");
  const error = refusal(path);
  expect(error.message).toMatch(
    /^Cannot open .*none: the lock .*laurel.lock cannot be taken: ENOENT/,
  );
  expect(error.cause).toMatchObject({ code: "ENOENT" });
});
