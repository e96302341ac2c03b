import { nearestName } from "../cache/nearest-name.ts";
import { CacheError, show } from "../errors.ts";
import type { NodeHealth } from "./cache-node.ts";

/** How far a topology change is. */
export interface RebalanceProgress {
  /** What the event tells. */
  readonly phase: "start" | "progress" | "end" | "failed";
  /** Keys that were handed over so far. */
  readonly movedKeys: number;
  /** Keys that were looked at so far. */
  readonly totalKeys?: number;
}

/** What a coordinator tells, by name. */
export interface DistributedEvents {
  /** A node is seen in another state of health. */
  health: {
    readonly id: string;
    readonly from: NodeHealth;
    readonly to: NodeHealth;
    readonly cause?: unknown;
  };
  /** Keys move since a node comes or goes. */
  rebalance: RebalanceProgress;
  /** A node is told what it missed; `keys`: how many it was told of so far. */
  resync: {
    readonly id: string;
    readonly phase: "start" | "end" | "failed";
    readonly keys: number;
  };
  /** Something that was kept for a node took too much room; the node is resynced instead. */
  dropped: { readonly id: string; readonly reason: string };
}

/** The names of what a coordinator tells. */
export type EventName = keyof DistributedEvents;
/** What is called for each event of a name. */
export type Listener<N extends EventName> = (event: DistributedEvents[N]) => void;

/** All names of events: one that is added to {@link DistributedEvents} has to be added here as well. */
const EVENT_NAMES: Readonly<Record<EventName, true>> = {
  health: true,
  rebalance: true,
  resync: true,
  dropped: true,
};

/**
 * Who listens to a coordinator. What a listener throws, or an async one rejects with, becomes a
 * warning of the process, no more.
 */
export class Listeners {
  readonly #listeners = new Map<EventName, ((event: never) => void)[]>();

  /** @throws {CacheError} `INVALID_OPTIONS` for a name of no event, and for what cannot be called */
  add<N extends EventName>(name: N, listener: Listener<N>): void {
    checkEventName("listen", name);
    checkCallable("listen", "the listener", listener);
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener]);
  }

  /** A listener that was never added is none to remove. @throws {CacheError} `INVALID_OPTIONS` as `add`, by name */
  remove<N extends EventName>(name: N, listener: Listener<N>): void {
    checkEventName("stop listening", name);
    const left = (this.#listeners.get(name) ?? []).filter((other) => other !== listener);
    this.#listeners.set(name, left);
  }

  tell<N extends EventName>(name: N, event: DistributedEvents[N]): void {
    for (const listener of this.#listeners.get(name) ?? []) {
      callSafely(`A listener to "${name}"`, () => (listener as Listener<N>)(event));
    }
  }
}

/** A misspelt name would never be told of. What a caller without types hands in may be anything. */
function checkEventName(task: string, name: unknown): void {
  if (typeof name === "string" && Object.hasOwn(EVENT_NAMES, name)) return;
  const known = Object.keys(EVENT_NAMES);
  const nearest = typeof name === "string" ? nearestName(name, known) : undefined;
  const hint = nearest === undefined ? `only ${known.join(", ")}` : `did you mean ${nearest}?`;
  throw new CacheError(
    "INVALID_OPTIONS",
    `Cannot ${task}: there is no event of this name, ${hint}: received ${show(name)}`,
  );
}

/** Throws `INVALID_OPTIONS` for what {@link callSafely} could only warn of later. */
export function checkCallable(task: string, what: string, received: unknown): void {
  if (typeof received === "function") return;
  throw new CacheError(
    "INVALID_OPTIONS",
    `Cannot ${task}: ${what} must be a function: received ${show(received)}`,
  );
}

/** Calls what is a user's. What it throws, or rejects with, becomes a warning that names `who`. */
export function callSafely(who: string, call: () => unknown): void {
  const warn = (error: unknown): void => {
    process.emitWarning(`${who} threw: ${textOf(error)}`, "LaurelWarning");
  };
  try {
    const outcome = call();
    // An async function is taken for one that returns nothing.
    if (outcome !== undefined) Promise.resolve(outcome).catch(warn);
  } catch (error) {
    warn(error);
  }
}

/** Anything can be thrown, even what has no text. */
export function textOf(error: unknown): string {
  try {
    return String(error);
  } catch {
    return show(error);
  }
}
