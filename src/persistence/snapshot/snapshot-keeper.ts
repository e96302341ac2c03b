import { join } from "node:path";
import { type CacheError, reasonOf } from "../../errors.ts";
import { notNow, persistenceFailed, TAKE_SNAPSHOT } from "../failure.ts";
import { JobRecord } from "../job-record.ts";
import { type KeeperParts, noteFailure } from "../keeper-parts.ts";
import { makeDirectory } from "../make-directory.ts";
import { SnapshotWriter } from "./snapshot-writer.ts";

/** How long a snapshot that failed is not tried again by itself. */
const RETRY_MS = 5000;
const MS_PER_SECOND = 1000;

/** Takes snapshots: when somebody asks for one, and when one is due. */
export class SnapshotKeeper {
  readonly record: JobRecord;
  /** Changes since the last snapshot, or since loading. */
  changes = 0;
  /** When the last snapshot was taken, or the data loaded. */
  lastSaveMs: number;
  /** One is to be taken when the journal has been rewritten. */
  isScheduled = false;
  readonly #parts: KeeperParts;
  #taken = 0;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
    this.record = new JobRecord(parts.tools.nowMs);
    this.lastSaveMs = parts.tools.nowMs();
  }

  /** Whether one is to be taken now, by the save points. */
  get isDue(): boolean {
    const nowMs = this.#parts.tools.nowMs();
    const { failure, triedAtMs } = this.record;
    if (failure !== undefined) {
      // Whatever has changed: where writes are refused until one is taken, nothing does.
      return this.#parts.settings.savePoints.length > 0 && nowMs - triedAtMs >= RETRY_MS;
    }
    const passedMs = nowMs - this.lastSaveMs;
    return this.#parts.settings.savePoints.some(
      ({ changes, seconds }) =>
        this.changes >= Math.max(1, changes) && passedMs >= seconds * MS_PER_SECOND,
    );
  }

  /** The data was just loaded, or is as the last snapshot. */
  loaded(): void {
    this.changes = 0;
    this.lastSaveMs = this.#parts.tools.nowMs();
  }

  /** Takes one before it returns. Nothing may be under way. @throws {CacheError} */
  saveNow(): void {
    this.isScheduled = false;
    const { changes } = this;
    this.record.started();
    try {
      this.#newWriter().runNow();
    } catch (error) {
      throw this.#failed(error);
    }
    this.#saved(changes);
  }

  /** Begins to take one. @throws {CacheError} `PERSISTENCE_FAILED` */
  saveLater(isScheduled: boolean): "started" | "scheduled" {
    const busy = this.#parts.jobs.kind;
    if (busy === "save") throw notNow("a snapshot is being taken");
    if (busy !== undefined && !isScheduled) throw notNow("the journal is being rewritten");
    this.isScheduled = busy !== undefined;
    if (this.isScheduled) return "scheduled";
    const { changes } = this;
    this.record.started();
    try {
      this.#parts.jobs.run("save", this.#newWriter(), {
        done: () => this.#saved(changes),
        failed: (error) => this.#failed(error),
      });
    } catch (error) {
      throw this.#failed(error);
    }
    return "started";
  }

  /** The one under way was given up: it is begun anew later. */
  dropped(): void {
    this.record.dropped();
    this.isScheduled = true;
  }

  /** Removes what was being written when a process ended. Nobody else may use the directory. */
  removeLeftovers(): void {
    const {
      settings: { dir },
      tools: { fs, log },
    } = this.#parts;
    try {
      for (const name of fs.list(dir)) {
        if (/^temp-\d+-\d+\.rdb$/.test(name)) fs.remove(join(dir, name));
      }
    } catch (error) {
      log("warning", `Cannot remove what was left unfinished in ${dir}: ${reasonOf(error)}.`);
    }
  }

  #newWriter(): SnapshotWriter {
    const { databases, settings, tools } = this.#parts;
    const { dir, snapshotName } = settings;
    makeDirectory(tools.fs, dir);
    const path = join(dir, snapshotName);
    const temporary = join(dir, `temp-${process.pid}-${this.#taken++}.rdb`);
    const options = { isBase: false };
    return new SnapshotWriter(tools.fs, path, temporary, databases, settings, options);
  }

  #saved(changes: number): void {
    const hadFailed = this.record.failure !== undefined;
    this.record.succeeded();
    this.lastSaveMs = this.#parts.tools.nowMs();
    this.changes -= changes;
    this.#parts.tools.log(
      "notice",
      hadFailed ? "Snapshots can be taken again." : "Took a snapshot.",
    );
    this.#parts.healthChanged();
  }

  #failed(cause: unknown): CacheError {
    return noteFailure(this.#parts, this.record, persistenceFailed(TAKE_SNAPSHOT, cause));
  }
}
