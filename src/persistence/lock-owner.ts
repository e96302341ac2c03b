import { randomBytes } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** Who holds a lock: a process, told apart from every other one that had or will have its id. */
export interface LockOwner {
  readonly pid: number;
  readonly host: string;
  /** Names the run of the machine, where the system tells; "": it does not. */
  readonly boot: string;
  /**
   * Which of the namespaces of ids the process is in, where the system has any; "": it does not
   * tell.
   */
  readonly namespace: string;
  /** When the process began, as the system counts it, where it tells; "": it does not. */
  readonly started: string;
  /** When the lock was taken, as a date in ISO 8601. */
  readonly since: string;
  /** No two locks have the same. */
  readonly token: string;
}

/** The processes of this machine, as far as they matter to who holds a lock. */
export interface Processes {
  /** This process, as the owner of a lock that it takes now. */
  self(): LockOwner;
  /** Whether there is a process of this id. */
  isAlive(pid: number): boolean;
  /** When a process began, as in {@link LockOwner.started}. */
  startOf(pid: number): string;
  /** Lets this process do nothing while others go on. */
  pause(ms: number): void;
}

/**
 * Of the fields behind the name of a process, which may have blanks itself, its state and its
 * start.
 */
const STATE_FIELD = 0;
const START_FIELD = 19;
const ZOMBIE = "Z";
const TOKEN_BYTES = 8;

/** The processes of this machine, as the system tells. */
export const systemProcesses: Processes = {
  self: () => ({
    pid: process.pid,
    host: hostname(),
    boot: textOf("/proc/sys/kernel/random/boot_id").trim(),
    namespace: namespaceOfIds(),
    started: systemProcesses.startOf(process.pid),
    since: new Date().toISOString(),
    token: randomBytes(TOKEN_BYTES).toString("hex"),
  }),
  isAlive: (pid) => {
    try {
      process.kill(pid, 0);
      // One that ended and that its parent has not asked about holds nothing any more.
      return statOf(pid)[STATE_FIELD] !== ZOMBIE;
    } catch (error) {
      // It is there, and somebody else's.
      return (error as NodeJS.ErrnoException).code === "EPERM";
    }
  },
  startOf: (pid) => statOf(pid)[START_FIELD] ?? "",
  pause: (ms) => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), 0, 0, ms);
  },
};

/**
 * What is known of the process that took a lock: nothing where it is of another host, or in another
 * container of this one, where ids mean other processes.
 */
export function fateOf(owner: LockOwner, processes: Processes): "alive" | "gone" | "unknown" {
  const self = processes.self();
  if (owner.host !== self.host) return "unknown";
  if (owner.boot !== self.boot) return "gone";
  if (isApart(owner, self)) return "unknown";
  if (!processes.isAlive(owner.pid)) return "gone";
  const started = processes.startOf(owner.pid);
  // Without a start nothing tells the owner from another process that got its id.
  const isSame = owner.started === "" || started === "" || owner.started === started;
  return isSame ? "alive" : "gone";
}

/** Whether the ids of two owners are known to be of different namespaces. */
export function isApart(a: LockOwner, b: LockOwner): boolean {
  return a.namespace !== "" && b.namespace !== "" && a.namespace !== b.namespace;
}

/** The owner that a text names; `undefined`: it names none. */
export function parseOwner(text: string): LockOwner | undefined {
  let owner: Partial<Record<keyof LockOwner, unknown>> | null;
  try {
    owner = JSON.parse(text) as typeof owner;
  } catch {
    return undefined;
  }
  if (typeof owner !== "object" || owner === null) return undefined;
  const { pid, host, boot, namespace, started, since, token } = owner;
  const texts = [host, boot, namespace, started, since, token];
  // 0 and numbers below it are no processes to those who are asked.
  const isProcess = Number.isSafeInteger(pid) && (pid as number) > 0;
  return isProcess && texts.every((field) => typeof field === "string")
    ? (owner as LockOwner)
    : undefined;
}

/** The fields behind the name of a process; one empty one where the system tells none. */
function statOf(pid: number): string[] {
  const line = textOf(`/proc/${pid}/stat`);
  return line.slice(line.lastIndexOf(")") + 2).split(" ");
}

/** "": there is no such file. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

function namespaceOfIds(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}
