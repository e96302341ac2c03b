import type { KeptData, Persistence, PersistenceHost } from "../cache/persistence.ts";
import { CacheError } from "../errors.ts";
import { FilePersistence } from "./file-persistence.ts";
import { systemFiles } from "./file-system.ts";
import { type FilesConfig, type FilesOptions, resolveFilesOptions } from "./files-options.ts";

/**
 * Keeps a cache in the files of a directory, in Redis' formats: a journal of what changes (an
 * append-only file), snapshots (RDB), or both. A cache that is made with the same directory later
 * has what this one had; one that is made at the same time, here or in another process, does not
 * get it.
 *
 * @throws {CacheError} `INVALID_CONFIG` for an option that is missing, unknown or of another kind
 *
 * @example
 * ```ts
 * import { mkdtemp } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { MemoryLeaderboardCache } from "laurel";
 * import { files } from "laurel/persistence";
 *
 * const dir = await mkdtemp(join(tmpdir(), "scores-"));
 * {
 *   await using cache = new MemoryLeaderboardCache({ persistence: files({ dir }) });
 *   await cache.ready(); // or not: calls wait until what was kept is loaded
 *   await cache.zAdd("scores", { member: "alice", score: 1250 });
 * } // closed: everything is on the disk
 *
 * await using next = new MemoryLeaderboardCache({ persistence: files({ dir }) });
 * console.log(await next.zScore("scores", "alice")); // 1250
 * ```
 */
export function files(options: FilesOptions): Persistence {
  return new Files(resolveFilesOptions(options));
}

/** The files of one cache that is still to come. */
class Files implements Persistence {
  readonly #config: FilesConfig;
  #isOpen = false;

  constructor(config: FilesConfig) {
    this.#config = config;
  }

  open({ databases, timers }: PersistenceHost): KeptData {
    if (this.#isOpen) {
      throw new CacheError(
        "INVALID_CONFIG",
        "Cannot create a cache: persistence must be of one cache alone: received that of another",
      );
    }
    this.#isOpen = true;
    const { onLog: log, settings } = this.#config;
    const { clock } = databases.first.config;
    const ended = (): void => void open.delete(persistence);
    const tools = { fs: systemFiles, timers, nowMs: () => clock.now(), log, ended };
    const persistence = new FilePersistence(databases, settings, tools);
    // Once, whatever was listening before.
    process.off("exit", commitAll).on("exit", commitAll);
    open.add(persistence);
    persistence.open();
    return persistence;
  }
}

/** What is open in this process. */
const open = new Set<FilePersistence>();

/** A process that ends without `close` hands to the system what its last turn did. */
function commitAll(): void {
  for (const persistence of open) persistence.commit();
}
