import type { Databases } from "../engine/databases.ts";
import type { CacheError } from "../errors.ts";
import type { JobRecord } from "./job-record.ts";
import type { JobSlot } from "./job-slot.ts";
import type { PersistenceTools } from "./persistence-tools.ts";
import type { PersistenceSettings } from "./settings.ts";

/** What the keepers of journal and snapshots share: what is kept, how, and whom they tell. */
export interface KeeperParts {
  readonly databases: Databases;
  readonly settings: PersistenceSettings;
  readonly tools: PersistenceTools;
  readonly jobs: JobSlot;
  /** Is told whenever something fails, or works again. */
  readonly healthChanged: () => void;
}

/**
 * Notes that a job failed; the log is told once, as long as the reason stays.
 * @returns the error
 */
export function noteFailure(
  { healthChanged, tools }: KeeperParts,
  record: JobRecord,
  error: CacheError,
): CacheError {
  if (record.failure?.message !== error.message) tools.log("warning", `${error.message}.`);
  record.failed(error);
  healthChanged();
  return error;
}
