import { performance } from "node:perf_hooks";
import type { KeyWait } from "../commands/context.ts";
import type { ReplyWriter } from "../protocol/reply-writer.ts";
import { type ClientMemory, costOfKeys } from "./client-memory.ts";
import { DeadlineTimer } from "./deadline-timer.ts";
import { errorReply } from "./error-reply.ts";
import {
  type DatabaseObserver,
  KeyObservers,
  type ReadyKey,
  type Waiter,
} from "./key-observers.ts";
import type { Session } from "./session.ts";

const UNBLOCKED = "UNBLOCKED client unblocked via CLIENT UNBLOCK";

/** A client that waits for keys, until one holds something or its time is over. */
export class WaitingClient implements Waiter {
  readonly session: Session;
  readonly #wait: KeyWait;
  readonly #observer: DatabaseObserver;
  readonly #owner: BlockedClients;
  /** `undefined`: it waits for ever. */
  readonly #timer: DeadlineTimer | undefined;

  constructor(session: Session, wait: KeyWait, observer: DatabaseObserver, owner: BlockedClients) {
    this.session = session;
    this.#wait = wait;
    this.#observer = observer;
    this.#owner = owner;
    for (const key of wait.keys) observer.wait(key, this);
    if (wait.timeoutMs === 0) return;
    this.#timer = new DeadlineTimer(performance.now() + wait.timeoutMs, () => this.expire());
  }

  /** What it waits for. */
  get keys(): readonly string[] {
    return this.#wait.keys;
  }

  tryKey(key: string): void {
    this.session.replyAside((reply) => {
      const start = reply.length;
      try {
        return this.#wait.attempt(this.session, key) && this.#end();
      } catch (error) {
        reply.truncate(start);
        reply.error(errorReply(error) ?? "ERR internal error");
        return this.#end();
      }
    });
  }

  /** Replies that the time is over. */
  expire(): void {
    this.session.replyAside((reply) => {
      this.#wait.expire(reply);
      return this.#end();
    });
  }

  /** Replies that somebody else ended the wait, or why. */
  fail(text = UNBLOCKED): void {
    this.session.replyAside((reply: ReplyWriter) => {
      reply.error(text);
      return this.#end();
    });
  }

  /** Waits no longer, and says nothing: the client is gone. */
  drop(): void {
    this.#timer?.cancel();
    for (const key of this.#wait.keys) this.#observer.stopWaiting(key, this);
    this.#owner.ended(this);
  }

  #end(): true {
    this.drop();
    this.session.unblocked();
    return true;
  }
}

/**
 * All clients that wait for keys. Keys that were filled are noted while a command runs and served
 * after it, or after EXEC; where no command runs, because the process itself wrote to the cache, right
 * after the turn of the event loop that did.
 */
export class BlockedClients {
  readonly observers: KeyObservers;
  readonly #memory: ClientMemory;
  readonly #waiting = new Set<WaitingClient>();
  readonly #ready = new Set<ReadyKey>();
  /** Whether whoever runs now will call `serve`. */
  #isAwaited = false;

  /** `servedAside` is told when they were served though no command ran. */
  constructor(memory: ClientMemory, isRunning: () => boolean, servedAside: () => void) {
    this.#memory = memory;
    this.observers = new KeyObservers((ready) => {
      this.#ready.add(ready);
      if (this.#isAwaited || isRunning()) return;
      this.#isAwaited = true;
      queueMicrotask(() => {
        this.serve();
        servedAside();
      });
    });
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Whether keys were filled that somebody waits for. */
  get hasReady(): boolean {
    return this.#ready.size > 0;
  }

  /** @throws {ReplyError} where clients wait for too many keys */
  block(session: Session, wait: KeyWait): WaitingClient {
    this.#memory.takeFor("the keys that clients wait for", costOfKeys(wait.keys));
    const waiting = new WaitingClient(session, wait, this.observers.of(session.keyspace), this);
    this.#waiting.add(waiting);
    return waiting;
  }

  /** Lets all who wait for keys that were filled try them; what they do may fill others. */
  serve(): void {
    this.#isAwaited = true;
    try {
      // What is added meanwhile has its turn, too; what fails has had it.
      for (const ready of this.#ready) {
        this.#ready.delete(ready);
        ready.observer.serve(ready.key);
      }
    } finally {
      this.#isAwaited = false;
    }
  }

  /** Is told by whoever waits no longer. */
  ended(waiting: WaitingClient): void {
    if (this.#waiting.delete(waiting)) this.#memory.give(costOfKeys(waiting.keys));
  }
}
