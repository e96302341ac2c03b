import { join } from "node:path";
import type { Databases } from "../engine/databases.ts";
import type { CacheError } from "../errors.ts";
import { makeDirectory } from "./make-directory.ts";
import { notNow, persistenceFailed, reasonOf } from "./failure.ts";
import { JobRecord } from "./job-record.ts";
import type { JobSlot } from "./job-slot.ts";
import type { PersistenceSettings } from "./settings.ts";
import type { PersistenceTools } from "./persistence-tools.ts";
import { SnapshotWriter } from "./snapshot/snapshot-writer.ts";

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
  readonly #databases: Databases;
  readonly #settings: PersistenceSettings;
  readonly #tools: PersistenceTools;
  readonly #jobs: JobSlot;
  readonly #healthChanged: () => void;
  #taken = 0;

  constructor(
    databases: Databases,
    settings: PersistenceSettings,
    tools: PersistenceTools,
    jobs: JobSlot,
    healthChanged: () => void,
  ) {
    this.#databases = databases;
    this.#settings = settings;
    this.#tools = tools;
    this.#jobs = jobs;
    this.#healthChanged = healthChanged;
    this.record = new JobRecord(tools.nowMs);
    this.lastSaveMs = tools.nowMs();
  }

  /** Whether one is to be taken now, by the save points. */
  get isDue(): boolean {
    const nowMs = this.#tools.nowMs();
    const { failure, triedAtMs } = this.record;
    if (failure !== undefined) {
      // Whatever has changed: where writes are refused until one is taken, nothing does.
      return this.#settings.savePoints.length > 0 && nowMs - triedAtMs >= RETRY_MS;
    }
    const passedMs = nowMs - this.lastSaveMs;
    return this.#settings.savePoints.some(
      ({ changes, seconds }) =>
        this.changes >= Math.max(1, changes) && passedMs >= seconds * MS_PER_SECOND,
    );
  }

  /** The data was just loaded, or is as the last snapshot. */
  loaded(): void {
    this.changes = 0;
    this.lastSaveMs = this.#tools.nowMs();
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
    const busy = this.#jobs.kind;
    if (busy === "save") throw notNow("a snapshot is being taken");
    if (busy !== undefined && !isScheduled) throw notNow("the journal is being rewritten");
    this.isScheduled = busy !== undefined;
    if (this.isScheduled) return "scheduled";
    const { changes } = this;
    this.record.started();
    try {
      this.#jobs.run("save", this.#newWriter(), {
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
    const { fs, log } = this.#tools;
    const { dir } = this.#settings;
    try {
      for (const name of fs.list(dir)) {
        if (/^temp-\d+-\d+\.rdb$/.test(name)) fs.remove(join(dir, name));
      }
    } catch (error) {
      log("warning", `Cannot remove what was left unfinished in ${dir}: ${reasonOf(error)}.`);
    }
  }

  #newWriter(): SnapshotWriter {
    const { fs } = this.#tools;
    const { dir, snapshotName } = this.#settings;
    makeDirectory(fs, dir);
    const temporary = join(dir, `temp-${process.pid}-${this.#taken++}.rdb`);
    const options = { isBase: false };
    const path = join(dir, snapshotName);
    return new SnapshotWriter(fs, path, temporary, this.#databases, this.#settings, options);
  }

  #saved(changes: number): void {
    const hadFailed = this.record.failure !== undefined;
    this.record.succeeded();
    this.lastSaveMs = this.#tools.nowMs();
    this.changes -= changes;
    this.#tools.log("notice", hadFailed ? "Snapshots can be taken again." : "Took a snapshot.");
    this.#healthChanged();
  }

  #failed(cause: unknown): CacheError {
    const error = persistenceFailed("take a snapshot", cause);
    if (this.record.failure?.message !== error.message) {
      this.#tools.log("warning", `${error.message}.`);
    }
    this.record.failed(error);
    this.#healthChanged();
    return error;
  }
}
