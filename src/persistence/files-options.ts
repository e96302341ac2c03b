import { resolve } from "node:path";
import type { Duration } from "../cache/contract.ts";
import { OptionBag } from "../cache/option-bag.ts";
import type { OptionNames } from "../cache/option-names.ts";
import type { Log } from "./persistence-tools.ts";
import type { Fsync, PersistenceSettings, SavePoint } from "./settings.ts";

/** When a snapshot is due: so long after the last one, when at least so many changes happened. */
export interface SnapshotRule {
  /** How long after the last snapshot. */
  every: Duration;
  /** How many changes there must be. Default 1. */
  changes?: number | undefined;
}

/** When the journal is written anew, without what was overwritten and removed. */
export interface RewriteOptions {
  /** By how many percent it must have grown since the last time. Default 100. */
  growthPercent?: number | undefined;
  /** How many bytes it must have besides. Default 64 MiB. */
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
  /**
   * When the journal is rewritten, in the background; `false`: never. Default: as
   * {@link RewriteOptions} say.
   */
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
  readonly onLog: Log;
}

const NAMES: OptionNames<FilesOptions> = {
  dir: true,
  journal: true,
  fsync: true,
  snapshot: true,
  rewrite: true,
  loadTruncated: true,
  onWriteError: true,
  onLog: true,
};
const RULE_NAMES: OptionNames<SnapshotRule> = { every: true, changes: true };
const REWRITE_NAMES: OptionNames<RewriteOptions> = { growthPercent: true, minBytes: true };
const TASK = "keep a cache in files";
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

/** Decides all options. @throws {CacheError} `INVALID_CONFIG` for one that is unknown or of another kind */
export function resolveFilesOptions(options: FilesOptions): FilesConfig {
  const bag = new OptionBag(TASK, options).only(NAMES);
  const journal = bag.oneOf("journal", [true, false], true);
  const savePoints = snapshotOption(options.snapshot, journal, bag);
  if (!journal && savePoints.length === 0) {
    throw bag.invalid("snapshot", "must be given where there is no journal", options.snapshot);
  }
  const { growthPercent, minBytes } = rewriteOption(options.rewrite);
  const refuses = bag.oneOf("onWriteError", ["refuse", "continue"], "refuse") === "refuse";
  const settings: PersistenceSettings = {
    dir: dirOption(options.dir, bag),
    snapshotName: "dump.rdb",
    journalDirectory: "appendonlydir",
    journalName: "appendonly.aof",
    journal,
    fsync: bag.oneOf("fsync", ["always", "everysec", "no"], "everysec"),
    // The process has other things to do than to wait for its disk.
    syncAtOnceMs: 0,
    savePoints,
    rewritePercentage: growthPercent,
    rewriteMinBytes: minBytes,
    loadTruncated: bag.oneOf("loadTruncated", [true, false], true),
    stopsWritesOnJournalError: refuses,
    stopsWritesOnSnapshotError: refuses,
    compress: true,
    checksum: true,
    zsetListpackEntries: ZSET_LISTPACK_ENTRIES,
    zsetListpackValueBytes: ZSET_LISTPACK_VALUE_BYTES,
  };
  return { settings, onLog: bag.function("onLog", warn) };
}

type Bag = OptionBag<FilesOptions>;

function dirOption(dir: string, bag: Bag): string {
  if (typeof dir === "string" && dir !== "" && !dir.includes("\0")) return resolve(dir);
  throw bag.invalid("dir", "must be the path of a directory", dir);
}

function snapshotOption(
  snapshot: FilesOptions["snapshot"],
  journal: boolean,
  bag: Bag,
): readonly SavePoint[] {
  if (snapshot === undefined) return journal ? [] : DEFAULT_SAVE_POINTS;
  if (snapshot === false) return [];
  if (!Array.isArray(snapshot)) return [savePoint("snapshot", snapshot as Duration | SnapshotRule)];
  if (snapshot.length === 0) {
    throw bag.invalid("snapshot", "must be false or have a rule", "an empty array");
  }
  const rules = snapshot as readonly (Duration | SnapshotRule)[];
  return rules.map((rule, i) => savePoint(`snapshot[${i}]`, rule));
}

function savePoint(name: string, rule: Duration | SnapshotRule): SavePoint {
  if (typeof rule === "string" || typeof rule === "number") {
    return { seconds: secondsOf(name, rule), changes: 1 };
  }
  const bag = new OptionBag(TASK, rule, name).only(RULE_NAMES);
  return {
    seconds: secondsOf(`${name}.every`, rule.every),
    changes: bag.integer("changes", 1, 1),
  };
}

/** @param name where the duration stands: it is an option itself, or one of a rule */
function secondsOf(name: string, duration: Duration): number {
  const bag = new OptionBag<Record<string, Duration>>(TASK, { [name]: duration });
  const ms = bag.duration(name, Infinity);
  if (ms !== Infinity) return Math.ceil(ms / MS_PER_SECOND);
  throw bag.invalid(name, "must be finite (snapshot: false takes none)", duration);
}

function rewriteOption(rewrite: FilesOptions["rewrite"] = {}): {
  growthPercent: number;
  minBytes: number;
} {
  if (rewrite === false) return { growthPercent: NO_REWRITE, minBytes: 0 };
  const bag = new OptionBag(TASK, rewrite, "rewrite").only(REWRITE_NAMES);
  return {
    growthPercent: bag.integer("growthPercent", 1, REWRITE_PERCENT),
    minBytes: bag.integer("minBytes", 0, REWRITE_BYTES_MIN),
  };
}

function warn(level: "notice" | "warning", text: string): void {
  if (level === "warning") process.emitWarning(text, "LaurelWarning");
}
