import { systemError } from "./simulated-disk.ts";

/** What is asked of a file system, as far as it may fail. */
export type FallibleCall =
  | "open"
  | "create"
  | "size"
  | "read"
  | "write"
  | "writeLater"
  | "sync"
  | "syncLater"
  | "truncate"
  | "rename"
  | "link"
  | "remove"
  | "makeDirectory"
  | "list"
  | "syncDirectory"
  | "syncDirectoryLater";

/**
 * What the world does: the codes of the system, a write of less than all, and the end of the process
 * in the middle of what it does.
 */
export type Fault = "ENOSPC" | "EIO" | "EROFS" | "EACCES" | "short" | "end";

/** Which call fails, and how. */
export interface FaultPlan {
  /** The first call that fails, counted from 1. */
  readonly at: number;
  readonly fault: Fault;
  /** Whether it goes on so until it is healed; else it happens once. */
  readonly lasts: boolean;
}

/** Calls that change nothing on the disk: they fail only where a plan says so. */
const READING: ReadonlySet<FallibleCall> = new Set(["open", "size", "read", "list"]);

/** What fails while a disk is full, broken for writing, mounted for reading only, or not one's own. */
const FAILING: Readonly<Record<Exclude<Fault, "short" | "end">, ReadonlySet<FallibleCall>>> = {
  ENOSPC: new Set(["create", "write", "writeLater", "rename", "link", "makeDirectory", "sync"]),
  EIO: new Set([
    "create",
    "write",
    "writeLater",
    "sync",
    "syncLater",
    "truncate",
    "rename",
    "link",
    "remove",
    "makeDirectory",
    "syncDirectory",
    "syncDirectoryLater",
  ]),
  EROFS: new Set([
    "create",
    "write",
    "writeLater",
    "truncate",
    "rename",
    "link",
    "remove",
    "makeDirectory",
  ]),
  EACCES: new Set(["open", "create", "rename", "link", "remove", "makeDirectory", "list"]),
};

/** Counts the calls that may fail, and lets one of them fail, or all from one on until it is healed. */
export class FallibleCalls {
  /** Calls so far. */
  count = 0;
  /** How many failed. */
  failed = 0;
  /** What the first one was that failed, and where. */
  firstFailed = "";
  /** Whether calls that only read are counted and fail, too. */
  countsReading = false;
  #plan: FaultPlan | undefined;

  plan(plan: FaultPlan | undefined): void {
    this.#plan = plan;
  }

  /** Whether something may still go wrong. */
  get isArmed(): boolean {
    return this.#plan !== undefined;
  }

  /** From now on nothing fails. */
  heal(): void {
    this.#plan = undefined;
  }

  /** Counts a call. @returns what happens to it; `undefined`: it goes well */
  next(call: FallibleCall, path: string): NodeJS.ErrnoException | "short" | "end" | undefined {
    if (READING.has(call) && !this.countsReading) return undefined;
    this.count++;
    const plan = this.#plan;
    if (plan === undefined || this.count < plan.at) return undefined;
    const isFirst = this.count === plan.at;
    if (plan.fault === "end") return "end";
    if (!isFirst && !plan.lasts) return undefined;
    const isWrite = call === "write" || call === "writeLater";
    // A write of less than all is no failure: what follows tells why.
    const code = plan.fault === "short" ? "ENOSPC" : plan.fault;
    if (!isFirst && !FAILING[code].has(call)) return undefined;
    this.failed++;
    if (this.failed === 1) this.firstFailed = `${call} ${path}`;
    if (plan.fault === "short" && isWrite && isFirst) return "short";
    return systemError(code, `${call} ${path}`);
  }
}
