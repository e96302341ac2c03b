import { join } from "node:path";
import type { Databases } from "../engine/databases.ts";
import { notNow } from "./failure.ts";
import { Loading } from "./loading.ts";
import type { LoadingState } from "./persistence-state.ts";
import type { PersistenceTools } from "./persistence-tools.ts";
import type { PersistenceSettings } from "./settings.ts";

const MS_PER_SECOND = 1000;

/** Recovery of databases from the files of a directory: at first bit by bit, later on at once. */
export class Recovery {
  readonly #databases: Databases;
  readonly #settings: PersistenceSettings;
  readonly #tools: PersistenceTools;
  #state: LoadingState | undefined;

  constructor(databases: Databases, settings: PersistenceSettings, tools: PersistenceTools) {
    this.#databases = databases;
    this.#settings = settings;
    this.#tools = tools;
  }

  /** How far `run` is, or was at its end; `undefined`: it was not called yet. */
  get state(): LoadingState | undefined {
    return this.#state;
  }

  /**
   * Loads the journal, where one is wanted and there, or else the snapshot, giving way to others
   * between two steps, as long as `goesOn` says so.
   * @param loaded is told when everything is loaded, before what there is no room for is evicted
   * @throws {CacheError} `PERSISTENCE_FAILED`, and whatever `loaded` throws: the databases are empty then
   */
  async run(goesOn: () => boolean, loaded: (loading: Loading) => void): Promise<void> {
    const loading = this.#newLoading(this.#settings.journal);
    const startedAtMs = this.#tools.nowMs();
    this.#databases.beginLoading();
    try {
      do {
        const { keys, loadedBytes, totalBytes } = loading;
        this.#state = { startedAtMs, totalBytes, loadedBytes, keys };
        // oxlint-disable-next-line no-await-in-loop -- whoever else has something to do has its turn
        await nextTurn();
      } while (goesOn() && loading.step());
      if (!goesOn()) return;
      this.#tell(loading, startedAtMs);
      loaded(loading);
    } catch (error) {
      this.#databases.clear();
      throw error;
    } finally {
      loading.close();
      this.#databases.endLoading();
    }
  }

  /**
   * Loads before it returns.
   * @param source the journal, which must be there then, or the snapshot
   * @param begins is told when everything is ready for it
   * @throws {CacheError} `PERSISTENCE_FAILED`
   */
  runNow(source: "journal" | "snapshot", begins: () => void): void {
    const loading = this.#newLoading(source === "journal");
    if (source === "journal" && loading.source !== source) throw notNow("there is no journal");
    begins();
    this.#databases.beginLoading();
    try {
      while (loading.step());
    } finally {
      loading.close();
      this.#databases.endLoading();
    }
  }

  #newLoading(journal: boolean): Loading {
    const { fs, log } = this.#tools;
    return new Loading(fs, this.#settings, this.#databases, { journal, log });
  }

  /** Whoever no longer asks for a journal may have forgotten that everything is in it. */
  #warnOfJournal(): void {
    const { dir, journal, journalDirectory, journalName } = this.#settings;
    if (journal) return;
    const path = join(dir, journalDirectory, `${journalName}.manifest`);
    if (this.#tools.fs.identity(path) === undefined) return;
    this.#tools.log(
      "warning",
      `There is a journal, ${path}, which is not loaded: it is not asked for.`,
    );
  }

  #tell({ source }: Loading, startedAtMs: number): void {
    this.#warnOfJournal();
    if (source === "nothing") return;
    const seconds = ((this.#tools.nowMs() - startedAtMs) / MS_PER_SECOND).toFixed(2);
    const keys = this.#databases.size;
    this.#tools.log(
      "notice",
      `Loaded ${keys} ${keys === 1 ? "key" : "keys"} from the ${source} in ${seconds} s.`,
    );
  }
}

/** Lets timers, sockets and others have their turn. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
