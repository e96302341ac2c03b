import { CacheError } from "laurel";
import type { VirtualTime } from "./virtual-time.ts";

/** One call as it reached a node. A step of a listing is a call of the listing's name. */
export interface NodeCall {
  readonly name: string;
  readonly args: readonly unknown[];
  /** Of a listing: how many steps of it came before. */
  readonly step?: number;
}

/** What becomes of a call to a node; `execute` carries it out there. */
export type Fault = (execute: () => Promise<unknown>, call: NodeCall) => Promise<unknown>;

function connectionFailed(reason: string): CacheError {
  const cause = Object.assign(new Error(reason), { code: reason });
  const message = `Cannot reach the node: the connection must hold: received ${reason}`;
  return new CacheError("CONNECTION_FAILED", message, { cause });
}

/** Nobody listens: nothing was sent. */
export const refused: Fault = () => Promise.reject(connectionFailed("ECONNREFUSED"));

/** The connection broke before the call was carried out, which the caller cannot know. */
export const reset: Fault = () => Promise.reject(connectionFailed("ECONNRESET"));

/** The node fails in a way of its own. */
export const broken: Fault = () => Promise.reject(new Error("the node broke down"));

/** The node's cache was closed by somebody else. */
export const closed: Fault = () => {
  return Promise.reject(
    new CacheError("CLOSED", "Cannot use the cache: it must be open: received a call after close"),
  );
};

/** The call is carried out, and the connection breaks before the reply comes. */
export const lostReply: Fault = async (execute) => {
  await execute();
  throw connectionFailed("ECONNRESET");
};

/** The call is carried out, and what stands for copies of the node's own does not follow. */
export const partlyDone: Fault = async (execute) => {
  await execute();
  throw new CacheError(
    "PARTIAL_WRITE",
    "Cannot confirm a write: replicas must have it: received 0",
  );
};

/** Neither the call nor a reply ever arrives. */
export const unheard: Fault = () => new Promise(() => {});

/** The call is carried out, and the reply never comes. */
export const unanswered: Fault = async (execute) => {
  await execute();
  return new Promise(() => {});
};

/** The node is full. */
export const full: Fault = () => {
  return Promise.reject(
    new CacheError("CACHE_FULL", "Cannot write: there must be room: received none"),
  );
};

/** The call is carried out this much later. */
export function slow({ timers }: VirtualTime, ms: number): Fault {
  return async (execute) => {
    await new Promise<void>((resolve) => void timers.setTimeout(resolve, ms));
    return execute();
  };
}

/** Holds calls up until it is opened: they are carried out then. */
export class Gate {
  #waiting: (() => void)[] = [];
  #isOpen = false;

  /** How many calls wait. */
  get held(): number {
    return this.#waiting.length;
  }

  readonly fault: Fault = async (execute) => {
    if (!this.#isOpen) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return execute();
  };

  /** Lets those that wait go, and whoever comes later pass. */
  open(): void {
    this.#isOpen = true;
    this.letGo();
  }

  /** Lets those that wait go; whoever comes later waits. */
  letGo(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
