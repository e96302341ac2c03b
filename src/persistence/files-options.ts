import { resolve } from "node:path";
import type { Duration } from "../cache/contract.ts";
import { parseDuration } from "../cache/duration.ts";
import { CacheError, show } from "../errors.ts";
import type { Fsync, PersistenceSettings, SavePoint } from "./settings.ts";

/** When a snapshot is due: so long after the last one, when at least so many changes happened. */
export interface SnapshotRule {
  every: Duration;
  /** Default 1. */
  changes?: number | undefined;
}

/** When the journal is written anew, without what was overwritten and removed. */
export interface RewriteOptions {
  /** It has grown by so many percent since the last time. Default 100. */
  growthPercent?: number | undefined;
  /** ... and has at least so many bytes. Default 64 MiB. */
  minBytes?: number | undefined;
}

/** Options of `files`. */
export interface FilesOptions {
  /** The directory, for this cache alone; it is made where it is not there. */
  dir: string;
  /** Whether every change is recorded in a journal. Default `true`. */
  journal?: boolean | undefined;
  /**
   * When the journal is forced to the disk: `"always"` before a call resolves, `"everysec"` once a
   * second, or `"no"`, when the system likes. Default `"everysec"`.
   */
  fsync?: Fsync | undefined;
  /**
   * When snapshots are taken: never (`false`), at most so often (`"15m"`), or by rules of which one
   * must hold. Default `false`; without a journal after an hour, after 5 minutes with 100 changes,
   * and after a minute with 10,000.
   */
  snapshot?: false | Duration | SnapshotRule | readonly (Duration | SnapshotRule)[] | undefined;
  /** When the journal is rewritten, in the background; `false`: never. */
  rewrite?: false | RewriteOptions | undefined;
  /**
   * Whether a journal whose last command is incomplete, as a crash leaves it, is cut before that
   * command; else it is not opened. Default `true`.
   */
  loadTruncated?: boolean | undefined;
  /**
   * What becomes of writes that cannot be kept since the disk fails: they are refused with
   * `PERSISTENCE_FAILED` until it works again, or they go on in memory. Default `"refuse"`.
   */
  onWriteError?: "refuse" | "continue" | undefined;
  /** Takes what should be known. Default: warnings to `process.emitWarning`, notices to nobody. */
  onLog?: ((level: "notice" | "warning", text: string) => void) | undefined;
}

/** {@link FilesOptions}, each decided. */
export interface FilesConfig {
  readonly settings: PersistenceSettings;
  readonly onLog: (level: "notice" | "warning", text: string) => void;
}

const NAMES: ReadonlySet<string> = new Set<keyof FilesOptions>([
  "dir",
  "journal",
  "fsync",
  "snapshot",
  "rewrite",
  "loadTruncated",
  "onWriteError",
  "onLog",
]);
const RULE_NAMES: ReadonlySet<string> = new Set<keyof SnapshotRule>(["every", "changes"]);
const REWRITE_NAMES: ReadonlySet<string> = new Set<keyof RewriteOptions>([
  "growthPercent",
  "minBytes",
]);
const REWRITE_PERCENT = 100;
const NO_REWRITE = 0;
const REWRITE_BYTES_MIN = 64 * 2 ** 20;
const MS_PER_SECOND = 1000;
/** As Redis has them. */
const DEFAULT_SAVE_POINTS: readonly SavePoint[] = [
  { seconds: 3600, changes: 1 },
  { seconds: 300, changes: 100 },
  { seconds: 60, changes: 10_000 },
];
const ZSET_LISTPACK_ENTRIES = 128;
const ZSET_LISTPACK_VALUE_BYTES = 64;

/** Decides all options. @throws {CacheError} `INVALID_CONFIG` for one that is none */
export function resolveFilesOptions(options: FilesOptions): FilesConfig {
  checkNames("options", options, NAMES);
  const journal = oneOf("journal", options.journal, [true, false], true);
  const savePoints = snapshotOption(options.snapshot, journal);
  if (!journal && savePoints.length === 0) {
    throw invalid("snapshot", "must be given where there is no journal", options.snapshot);
  }
  const { growthPercent, minBytes } = rewriteOption(options.rewrite);
  const refuses = oneOf("onWriteError", options.onWriteError, ["refuse", "continue"], "refuse");
  const settings: PersistenceSettings = {
    dir: dirOption(options.dir),
    snapshotName: "dump.rdb",
    journalDirectory: "appendonlydir",
    journalName: "appendonly.aof",
    journal,
    fsync: oneOf("fsync", options.fsync, ["always", "everysec", "no"], "everysec"),
    // The process has other things to do than to wait for its disk.
    syncAtOnceMs: 0,
    savePoints,
    rewritePercentage: growthPercent,
    rewriteMinBytes: minBytes,
    loadTruncated: oneOf("loadTruncated", options.loadTruncated, [true, false], true),
    stopsWritesOnJournalError: refuses === "refuse",
    stopsWritesOnSnapshotError: refuses === "refuse",
    compress: true,
    checksum: true,
    zsetListpackEntries: ZSET_LISTPACK_ENTRIES,
    zsetListpackValueBytes: ZSET_LISTPACK_VALUE_BYTES,
  };
  return { settings, onLog: logOption(options.onLog) };
}

function dirOption(dir: string): string {
  if (typeof dir === "string" && dir !== "" && !dir.includes("\0")) return resolve(dir);
  throw invalid("dir", "must be the path of a directory", dir);
}

function snapshotOption(
  snapshot: FilesOptions["snapshot"],
  journal: boolean,
): readonly SavePoint[] {
  if (snapshot === undefined) return journal ? [] : DEFAULT_SAVE_POINTS;
  if (snapshot === false) return [];
  if (!Array.isArray(snapshot)) return [savePoint("snapshot", snapshot as Duration | SnapshotRule)];
  if (snapshot.length === 0) {
    throw invalid("snapshot", "must be false or have a rule", "an empty array");
  }
  const rules = snapshot as readonly (Duration | SnapshotRule)[];
  return rules.map((rule, i) => savePoint(`snapshot[${i}]`, rule));
}

function savePoint(name: string, rule: Duration | SnapshotRule): SavePoint {
  if (typeof rule === "string" || typeof rule === "number") {
    return { seconds: secondsOf(name, rule), changes: 1 };
  }
  checkNames(name, rule, RULE_NAMES);
  const changes = countOption(`${name}.changes`, rule.changes, 1, 1);
  return { seconds: secondsOf(`${name}.every`, rule.every), changes };
}

function secondsOf(name: string, duration: Duration): number {
  let ms: number;
  try {
    ms = parseDuration(duration);
  } catch (cause) {
    throw invalid(name, 'must be milliseconds above 0, or as "15m"', duration, cause);
  }
  if (ms !== Infinity) return Math.ceil(ms / MS_PER_SECOND);
  throw invalid(name, "must be finite, or false for never", duration);
}

function rewriteOption(rewrite: false | RewriteOptions = {}): {
  growthPercent: number;
  minBytes: number;
} {
  if (rewrite === false) return { growthPercent: NO_REWRITE, minBytes: 0 };
  checkNames("rewrite", rewrite, REWRITE_NAMES);
  const { growthPercent, minBytes } = rewrite;
  return {
    growthPercent: countOption("rewrite.growthPercent", growthPercent, REWRITE_PERCENT, 1),
    minBytes: countOption("rewrite.minBytes", minBytes, REWRITE_BYTES_MIN, 0),
  };
}

function logOption(onLog: FilesOptions["onLog"] = warn): FilesConfig["onLog"] {
  if (typeof onLog === "function") return onLog;
  throw invalid("onLog", "must be a function", onLog);
}

function warn(level: "notice" | "warning", text: string): void {
  if (level === "warning") process.emitWarning(text, "LaurelWarning");
}

function oneOf<const T>(
  name: string,
  value: T | undefined,
  values: readonly T[],
  otherwise: NoInfer<T>,
): T {
  if (value === undefined) return otherwise;
  if (values.includes(value)) return value;
  throw invalid(name, `must be one of ${values.join(", ")}`, value);
}

function countOption(
  name: string,
  value: number | undefined,
  otherwise: number,
  min: number,
): number {
  if (value === undefined) return otherwise;
  if (Number.isSafeInteger(value) && value >= min) return value;
  throw invalid(name, `must be a safe integer from ${min} on`, value);
}

/** Throws for what is no object, and for an option that is misspelt: it would be left out silently. */
function checkNames(name: string, value: unknown, names: ReadonlySet<string>): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid(name, "must be an object", value);
  }
  const stranger = Object.keys(value).find((key) => !names.has(key));
  if (stranger === undefined) return;
  throw invalid(name, `must be of ${[...names].join(", ")}`, stranger);
}

function invalid(name: string, reason: string, received: unknown, cause?: unknown): CacheError {
  const message = `Cannot keep a cache in files: ${name} ${reason}: received ${show(received)}`;
  return new CacheError("INVALID_CONFIG", message, cause === undefined ? undefined : { cause });
}
