import type { Keyspace, KeyspaceObserver } from "../engine/keyspace.ts";
import { withObserver, withoutObserver } from "../engine/observer-fan-out.ts";

/** Who watches keys. */
export interface Watcher {
  /** Is called when a key changed that it watches. */
  watchedKeyChanged(): void;
}

/** Who waits for keys. */
export interface Waiter {
  /** Tries again with a key that may hold something now. */
  tryKey(key: string): void;
}

/** A key that somebody waits for and that may hold something now. */
export interface ReadyKey {
  readonly observer: DatabaseObserver;
  readonly key: string;
}

/**
 * Who watches and who waits for which keys of one database. It observes the keyspace only while
 * there is somebody, so that writes cost nothing else.
 */
export class DatabaseObserver implements KeyspaceObserver {
  readonly keyspace: Keyspace;
  readonly #onReady: (ready: ReadyKey) => void;
  readonly #watchers = new Map<string, Set<Watcher>>();
  readonly #waiters = new Map<string, Set<Waiter>>();
  /** Keys that were told to be ready and not yet looked at. */
  readonly #told = new Set<string>();

  constructor(keyspace: Keyspace, onReady: (ready: ReadyKey) => void) {
    this.keyspace = keyspace;
    this.#onReady = onReady;
  }

  /** Begins to watch. What has expired already is gone before, and so no change. */
  watch(key: string, watcher: Watcher): void {
    this.keyspace.lookup(key);
    put(this.#watchers, key, watcher);
    this.#begin();
  }

  unwatch(key: string, watcher: Watcher): void {
    take(this.#watchers, key, watcher);
    this.#rest();
  }

  /** Begins to wait, last of all for this key. */
  wait(key: string, waiter: Waiter): void {
    put(this.#waiters, key, waiter);
    this.#begin();
  }

  stopWaiting(key: string, waiter: Waiter): void {
    take(this.#waiters, key, waiter);
    this.#rest();
  }

  /** Lets those who wait for a key try it, first come first, while it is there. */
  serve(key: string): void {
    this.#told.delete(key);
    for (const waiter of this.#waiters.get(key) ?? []) {
      if (this.keyspace.lookup(key) === -1) return;
      waiter.tryKey(key);
    }
  }

  changed(key: string): void {
    for (const watcher of this.#watchers.get(key) ?? []) watcher.watchedKeyChanged();
  }

  filled(key: string): void {
    if (!this.#waiters.has(key) || this.#told.has(key)) return;
    this.#told.add(key);
    this.#onReady({ observer: this, key });
  }

  /** Keys that are neither here nor there do not change. */
  clearing(replacement: Keyspace | undefined): void {
    for (const key of this.#watchers.keys()) {
      const isHere = this.keyspace.lookup(key) !== -1;
      const comes = replacement !== undefined && replacement.lookup(key) !== -1;
      if (isHere || comes) this.changed(key);
    }
    if (replacement === undefined) return;
    for (const key of this.#waiters.keys()) this.filled(key);
  }

  /** Other servers may observe the same keyspace. */
  #begin(): void {
    this.keyspace.observer = withObserver(this.keyspace.observer, this);
  }

  #rest(): void {
    if (this.#watchers.size > 0 || this.#waiters.size > 0) return;
    this.keyspace.observer = withoutObserver(this.keyspace.observer, this);
  }
}

/** The observers of all databases. */
export class KeyObservers {
  readonly #byKeyspace = new Map<Keyspace, DatabaseObserver>();
  readonly #onReady: (ready: ReadyKey) => void;

  /** `onReady` is told of keys that somebody waits for and that may hold something now. */
  constructor(onReady: (ready: ReadyKey) => void) {
    this.#onReady = onReady;
  }

  of(keyspace: Keyspace): DatabaseObserver {
    const known = this.#byKeyspace.get(keyspace);
    if (known !== undefined) return known;
    const made = new DatabaseObserver(keyspace, this.#onReady);
    this.#byKeyspace.set(keyspace, made);
    return made;
  }
}

function put<T>(map: Map<string, Set<T>>, key: string, value: T): void {
  const set = map.get(key);
  if (set === undefined) map.set(key, new Set([value]));
  else set.add(value);
}

function take<T>(map: Map<string, Set<T>>, key: string, value: T): void {
  const set = map.get(key);
  if (set === undefined) return;
  set.delete(value);
  if (set.size === 0) map.delete(key);
}
