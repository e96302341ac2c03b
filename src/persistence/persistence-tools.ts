import type { Timers } from "../cache/platform.ts";
import type { CacheError } from "../errors.ts";
import type { FileSystem } from "./file-system.ts";

/** Takes what whoever runs the process should know. */
export type Log = (level: "notice" | "warning", text: string) => void;

/** What the persistence of a process uses beside its data. */
export interface PersistenceTools {
  readonly fs: FileSystem;
  readonly timers: Timers;
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
  readonly log: Log;
  /** Is told when nothing is kept any more, after `close` or a failure to load. */
  readonly ended?: (() => void) | undefined;
  /** Is told whenever writes are to be refused, or no longer are. */
  readonly refusalChanged?: ((refusal: CacheError | undefined) => void) | undefined;
}
