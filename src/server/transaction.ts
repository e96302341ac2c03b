import type { CommandEntry } from "../commands/command-table.ts";
import type { TransactionPort } from "../commands/client-port.ts";
import { ReplyError } from "../commands/reply-error.ts";
import { type ClientMemory, costOfKeys } from "./client-memory.ts";
import type { DatabaseObserver, KeyObservers, Watcher } from "./key-observers.ts";
import type { Session } from "./session.ts";

/** A command on its way to EXEC. */
export interface QueuedCommand {
  readonly entry: CommandEntry;
  readonly argv: readonly string[];
}

const ABORTED = new ReplyError("EXECABORT Transaction discarded because of previous errors.");
/** What queueing costs beside the bytes of an argument: the head of a string, and a reference. */
const ARGUMENT_OVERHEAD_BYTES = 32;
/** What a queued command costs beside its arguments: two objects, an array and a reference. */
const COMMAND_OVERHEAD_BYTES = 80;

/** The transaction of one client: what MULTI queued, and what WATCH watches. */
export class Transaction implements TransactionPort, Watcher {
  isOpen = false;
  /** A watched key changed. */
  hasChangedKeys = false;
  /** A command could not be queued. */
  hasErrors = false;
  readonly #session: Session;
  readonly #observers: KeyObservers;
  readonly #memory: ClientMemory;
  readonly #run: (session: Session, queue: readonly QueuedCommand[]) => void;
  #queue: QueuedCommand[] = [];
  #queuedBytes = 0;
  /** The watched keys of each database. */
  #watched = new Map<DatabaseObserver, Set<string>>();
  #watchedBytes = 0;

  /** `run` carries out what was queued and replies to it. */
  constructor(
    session: Session,
    observers: KeyObservers,
    memory: ClientMemory,
    run: (session: Session, queue: readonly QueuedCommand[]) => void,
  ) {
    this.#session = session;
    this.#observers = observers;
    this.#memory = memory;
    this.#run = run;
  }

  get isDirty(): boolean {
    return this.hasChangedKeys || this.hasErrors;
  }

  /** How many commands are queued. */
  get length(): number {
    return this.#queue.length;
  }

  /** What the queued commands hold, in bytes. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Whether a queued command may change something. */
  get mayWrite(): boolean {
    return this.#queue.some(({ entry }) => entry.isWrite);
  }

  /** Whether a queued command may need more memory. */
  get mayFill(): boolean {
    return this.#queue.some(({ entry }) => entry.isRefusedWhenFull);
  }

  /** Whether a queued command may not be called while the data is being loaded. */
  get needsLoaded(): boolean {
    return this.#queue.some(({ entry }) => !entry.isOpenWhileLoading);
  }

  begin(): void {
    this.isOpen = true;
    this.#session.updateGuard();
  }

  /**
   * Keeps a command for EXEC; one that will not be carried out in any case is not kept.
   * @returns false where there is no room: then nothing is kept any more
   */
  queue(entry: CommandEntry, argv: readonly string[]): boolean {
    if (this.isDirty) return true;
    let bytes = COMMAND_OVERHEAD_BYTES;
    for (const argument of argv) bytes += argument.length + ARGUMENT_OVERHEAD_BYTES;
    if (!this.#memory.take(bytes)) {
      this.#dropQueue();
      return false;
    }
    this.#queue.push({ entry, argv });
    this.#queuedBytes += bytes;
    return true;
  }

  exec(): void {
    // Whoever looks a key up whose time is over collects it, and that is a change.
    for (const [{ keyspace }, keys] of this.#watched) for (const key of keys) keyspace.lookup(key);
    const { hasErrors, hasChangedKeys } = this;
    const queue = this.#queue;
    this.discard();
    if (hasErrors) throw ABORTED;
    if (hasChangedKeys) this.#session.reply.nullArray();
    else this.#run(this.#session, queue);
  }

  discard(): void {
    this.isOpen = false;
    this.hasErrors = false;
    this.#dropQueue();
    this.unwatch();
    this.#session.updateGuard();
  }

  watch(keys: readonly string[]): void {
    if (this.hasChangedKeys) return;
    const observer = this.#observers.of(this.#session.keyspace);
    const watched = this.#watched.get(observer) ?? new Set();
    const added = new Set(keys.filter((key) => !watched.has(key)));
    const bytes = costOfKeys(added);
    this.#memory.takeFor("the keys that clients watch", bytes);
    this.#watchedBytes += bytes;
    this.#watched.set(observer, watched);
    for (const key of added) {
      watched.add(key);
      observer.watch(key, this);
    }
  }

  unwatch(): void {
    this.hasChangedKeys = false;
    this.#dropWatches();
  }

  watchedKeyChanged(): void {
    this.hasChangedKeys = true;
    this.#dropWatches();
  }

  #dropQueue(): void {
    this.#queue = [];
    this.#memory.give(this.#queuedBytes);
    this.#queuedBytes = 0;
  }

  #dropWatches(): void {
    if (this.#watched.size === 0) return;
    const watched = this.#watched;
    this.#watched = new Map();
    this.#memory.give(this.#watchedBytes);
    this.#watchedBytes = 0;
    for (const [observer, keys] of watched) for (const key of keys) observer.unwatch(key, this);
  }
}
