import { CacheError, type CacheErrorCode } from "laurel";
import type { History, KeyHistory, KeyKind } from "../checker/history.ts";
import type { Operation } from "../checker/operation.ts";
import type { Register } from "../checker/register.ts";
import type { Coordinator } from "../coordinator.ts";
import type { Dice } from "../dice.ts";
import { describeValue } from "../simulated-node.ts";
import type { Trace } from "../trace.ts";
import type { VirtualWorld } from "../virtual-world.ts";

/** What clients share. */
export interface Surroundings {
  readonly world: VirtualWorld;
  readonly dice: Dice;
  readonly trace: Trace;
  readonly history: History;
  readonly coordinator: Coordinator;
  /** Whether nothing has been wrong for so long that nothing may fail. */
  readonly isCalm: () => boolean;
  /** Another number whenever a node, the ring, or what any replica lacks has changed. */
  readonly restlessness: () => number;
}

/** Codes by which a call may fail while things are wrong; what it wrote may have been applied. */
const EXPECTED: ReadonlySet<CacheErrorCode> = new Set<CacheErrorCode>([
  "TIMEOUT",
  "CONNECTION_FAILED",
  "PARTIAL_WRITE",
  "ALL_OWNERS_FAILED",
  "NODE_UNHEALTHY",
  "CACHE_FULL",
  "INSUFFICIENT_REPLICAS",
  "CAPABILITY_UNSUPPORTED",
]);
/** How likely a call is aborted by its caller. */
const ABORT_RATE = 0.01;

/** The answer of a call, or that it failed. */
export type Answer<T> = { readonly value: T } | undefined;

/** One caller of the coordinator: it makes a call, waits for the answer, and has it judged. */
export class Client {
  readonly name: string;
  readonly dice: Dice;
  readonly history: History;
  readonly cache: Coordinator;
  readonly surroundings: Surroundings;
  #lastCall = 0;

  constructor(name: string, surroundings: Surroundings) {
    this.name = name;
    this.surroundings = surroundings;
    this.dice = surroundings.dice.fork();
    this.history = surroundings.history;
    this.cache = surroundings.coordinator;
  }

  get now(): number {
    return this.history.now;
  }

  /** A random key of these kinds. A few keys are used much more than others. */
  pickKey(...kinds: KeyKind[]): KeyHistory {
    const keys = this.history.keysOf(...kinds);
    return this.dice.chance(0.4) ? (keys[0] as KeyHistory) : this.dice.pick(keys);
  }

  /** A random member of a sorted set, with its register. */
  pickMember({ registers }: KeyHistory): [member: string, register: Register] {
    return this.dice.pick([...registers]);
  }

  /**
   * Makes a call, and settles its operation when it fails, or when `settles`.
   * @returns the answer; `undefined` when it failed
   */
  async call<T>(
    operation: Operation,
    send: (options: { signal?: AbortSignal }) => Promise<T>,
    settles = true,
  ): Promise<Answer<T>> {
    const { world, trace, isCalm } = this.surroundings;
    const wasCalm = isCalm();
    const name = `${this.name}.${++this.#lastCall} ${operation.label}`;
    if (trace.isOn) trace.add(name);
    const abort = this.dice.chance(ABORT_RATE) ? new AbortController() : undefined;
    if (abort !== undefined) {
      world.after(this.dice.int(0, 30), () => abort.abort(new Error("aborted by the caller")));
    }
    try {
      const value = await send(abort === undefined ? {} : { signal: abort.signal });
      if (trace.isOn) trace.add(`${name} -> ${describeValue(value)}`);
      if (settles) operation.settle("acknowledged");
      return { value };
    } catch (error) {
      if (trace.isOn) trace.add(`${name} rejects ${describeValue(error)}`);
      const isAborted = abort?.signal.aborted === true && error === abort.signal.reason;
      this.#judgeFailure(operation, error, isAborted, wasCalm);
      return undefined;
    }
  }

  #judgeFailure(operation: Operation, error: unknown, isAborted: boolean, wasCalm: boolean): void {
    const refused = error instanceof CacheError && error.code === "INSUFFICIENT_REPLICAS";
    if (refused && operation.wasApplied) {
      const message = `${operation.label} was refused beforehand, and was applied all the same`;
      this.history.report("no corrupt value", message);
    }
    operation.settle(refused ? "refused" : "unknown");
    if (isAborted) return;
    if (!(error instanceof CacheError) || !EXPECTED.has(error.code)) {
      const message = `${operation.label} rejected with ${describeError(error)}`;
      this.history.report("errors are typed", message);
    } else if (wasCalm && this.surroundings.isCalm() && error.code !== "CAPABILITY_UNSUPPORTED") {
      const message = `nothing was wrong, and ${operation.label} rejected with ${describeError(error)}`;
      this.history.report("available when calm", message);
    }
  }
}

/** An error with its stack, and its cause. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return describeValue(error);
  const code = error instanceof CacheError ? `${error.code}: ` : "";
  const cause = error.cause === undefined ? "" : `\n  caused by ${describeError(error.cause)}`;
  return `${code}${error.stack ?? error.message}${cause}`;
}
