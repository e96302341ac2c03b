import type { Clock } from "../engine/clock.ts";
import { nameOf, type NodeAddress } from "./cluster-slots.ts";
import type { Argument, Command, Reply } from "./port.ts";
import type { ServerPort } from "./server-port.ts";

/** After how long without an answer that it owes a node is taken for silent, milliseconds. */
export const SILENCE_MS = 1000;

/** A node of a Cluster: the port to it, and whether it goes on answering. */
export class ClusterNode {
  readonly address: NodeAddress;
  readonly name: string;
  readonly port: ServerPort;
  /** Whether there has been a connection to it. */
  hasConnected = false;
  /** What has been sent and not answered. */
  pending = 0;
  readonly #clock: Clock;
  /** Calls of several commands that are under way: their outcome may come after that of later calls. */
  readonly #batches = new Set<Promise<unknown>>();
  /** When it last answered, or began to owe an answer. */
  #heardAt = 0;

  constructor(address: NodeAddress, port: ServerPort, clock: Clock) {
    this.address = address;
    this.name = nameOf(address);
    this.port = port;
    this.#clock = clock;
  }

  /** For how long it has owed answers and given none, milliseconds. */
  get silentMs(): number {
    return this.pending === 0 ? 0 : this.#clock.now() - this.#heardAt;
  }

  get isSilent(): boolean {
    return this.silentMs >= SILENCE_MS;
  }

  send(command: Command, key: Argument | undefined): Promise<Reply> {
    return this.watched(this.port.send(command, key));
  }

  /** Counts a call as one that waits for an answer. */
  watched<T>(call: Promise<T>): Promise<T> {
    if (this.pending === 0) this.#heardAt = this.#clock.now();
    this.pending++;
    call.then(this.#settle, this.#settle);
    return call;
  }

  /** Does so with a call of several commands on the connection that all share. */
  batch<T>(call: Promise<T>): Promise<T> {
    const end = (): void => void this.#batches.delete(call);
    this.#batches.add(call);
    call.then(end, end);
    return this.watched(call);
  }

  /** Resolves when all that was sent so far was answered, or cannot be, and whoever waited for it knows. */
  async drained(): Promise<void> {
    await Promise.allSettled([this.send(["PING"], undefined), ...this.#batches]);
    await allHaveHeard();
  }

  /** Leaves it for good: what it owes is waited for, unless it is silent. */
  leave(): void {
    if (this.isSilent) this.port.reset();
    void this.port.close();
  }

  readonly #settle = (): void => {
    this.pending--;
    this.#heardAt = this.#clock.now();
  };
}

/** Resolves when all who wait for promises that have settled by now have gone on. */
export function allHaveHeard(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
