import type { Databases } from "../../../src/engine/databases.ts";
import { Journal } from "../../../src/persistence/journal/journal.ts";
import {
  JournalLoader,
  type JournalLoaderOptions,
  type LoadedJournal,
} from "../../../src/persistence/journal/journal-loader.ts";
import { MemoryFiles } from "../../support/memory-files.ts";
import { VirtualTime } from "../../support/virtual-time.ts";
import { type Data, dataOf } from "./data-of.ts";
import { emptyDatabases } from "./empty-databases.ts";

/** Where the journal of a test is. */
export const PATH = "/d/a.aof";

/** What came of loading a journal. */
export interface Loaded {
  readonly state: Data;
  readonly result: LoadedJournal;
  readonly log: readonly string[];
  readonly steps: number;
}

/** Loads the journal, as the last file there is. */
export function load(files: MemoryFiles, options: Partial<JournalLoaderOptions> = {}): Loaded {
  const databases = emptyDatabases(1_000_000);
  const log: string[] = [];
  databases.beginLoading();
  const loader = new JournalLoader(files, PATH, databases, {
    followers: [],
    loadTruncated: true,
    log: (level, text) => log.push(`${level}: ${text}`),
    ...options,
  });
  let steps = 0;
  try {
    while (loader.step()) steps++;
    return { state: dataOf(databases), result: loader.result, log, steps };
  } finally {
    loader.close();
  }
}

/** Loads a journal of this text. */
export function loadText(text: string, options: Partial<JournalLoaderOptions> = {}): Loaded {
  const files = new MemoryFiles();
  files.put(PATH, text);
  return load(files, options);
}

/** Databases whose effects a journal records. */
export class Kept {
  readonly files = new MemoryFiles();
  readonly databases: Databases = emptyDatabases(1);
  readonly journal: Journal;

  constructor() {
    const { timers } = new VirtualTime();
    const events = { failed: () => {}, recovered: () => {} };
    this.journal = new Journal(this.files, timers, { fsync: "no" }, events);
    this.journal.switchTo(PATH, "create");
    this.databases.listen(this.journal);
  }

  /** A unit, and with `isCommitted` the end of a turn. */
  unit(run: (databases: Databases) => void, isCommitted = true): void {
    run(this.databases);
    this.journal.endUnit();
    if (isCommitted) this.journal.commit();
  }
}
