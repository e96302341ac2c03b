import type { Timers } from "../cache/platform.ts";
import { allHaveHeard, type ClusterNode } from "./cluster-node.ts";
import { isRedirection, parseRedirection } from "./cluster-redirection.ts";
import type { ClusterTopology } from "./cluster-topology.ts";
import { fencedOff } from "./not-sent.ts";
import { replyOf } from "./server-errors.ts";

/** How long commands wait before they are tried again while their slot is on the way to another node, milliseconds. */
const TRY_AGAIN_MS = 50;
/** How many redirections are followed at once: more of them mean that nodes do not agree yet. */
const PROMPT_REDIRECTIONS_MAX = 2;
/** How long a slot waits at most for what its former node still owes, milliseconds. */
const DRAIN_MS_MAX = 1000;

/**
 * Makes a call on a node.
 * @param isAsking whether it is only let in when it asks
 * @param isLate whether another node may have been meant when the call was made
 */
export type SlotCall<T> = (node: ClusterNode, isAsking: boolean, isLate: boolean) => Promise<T>;

/** A call that a node turned away, and what it said. */
interface Redirected {
  readonly place: number;
  readonly make: SlotCall<unknown>;
  readonly resolve: (outcome: unknown) => void;
  readonly reject: (error: unknown) => void;
  node: ClusterNode;
  error: unknown;
  redirections: number;
}

/** A slot whose calls do not go their usual way. */
interface HeldSlot {
  redirected: Redirected[];
  readonly waiting: (() => void)[];
}

/** What {@link ClusterMoves} work with. */
export interface ClusterMovesOptions {
  readonly topology: ClusterTopology;
  readonly timers: Timers;
  readonly redirectionsMax: number;
  /** Takes notice of what a call fails with, and says what its caller is told. */
  note(error: unknown): unknown;
}

/**
 * The calls on slots that move. A node turns calls away one by one (MOVED, ASK, TRYAGAIN), when later
 * ones are under way already; so that the calls on a key keep their order, the slot is held from the
 * first of them on:
 *
 * 1. New calls on the slot wait.
 * 2. What the node owes is waited for: among it is all that it turns away.
 * 3. That goes on its way again, in the order of calling; what is turned away again, too.
 * 4. When all of it is answered, the calls that waited go.
 *
 * It is held as well when the map of slots says that it is elsewhere now, while its former node still
 * owes answers. One order cannot be kept: a call with several keys that is put off (TRYAGAIN) was
 * overtaken by what had been sent behind it.
 */
export class ClusterMoves {
  readonly #options: ClusterMovesOptions;
  readonly #held = new Map<number, HeldSlot>();
  readonly #holds = new Set<Promise<void>>();
  /** How many places calls have got, and had got when the last fence was raised. */
  #places = 0;
  #fencedPlaces = 0;

  constructor(options: ClusterMovesOptions) {
    this.#options = options;
  }

  /** The place of a call among all of them, also behind or before a fence. */
  place(): number {
    return this.#places++;
  }

  /** What has a place by now, and is not under way, is not sent any more. */
  fence(): void {
    this.#fencedPlaces = this.#places;
  }

  isHeld(slot: number): boolean {
    return this.#held.size > 0 && this.#held.has(slot);
  }

  /** Begins a call on a slot when that is held no longer. */
  wait<T>(slot: number, begin: () => Promise<T>): Promise<T> {
    const held = this.#held.get(slot);
    if (held === undefined) return begin();
    const place = this.place();
    return new Promise<T>((resolve, reject) => {
      held.waiting.push(() => {
        if (this.#isFencedOff(place)) reject(fencedOff());
        else resolve(begin());
      });
    });
  }

  /** Begins what goes over another connection, and is to come after what all earlier calls have done. */
  async alone<T>(slot: number, begin: () => Promise<T>): Promise<T> {
    // An answer that the caller has waited for may have come together with a redirection.
    await allHaveHeard();
    return await this.wait(slot, begin);
  }

  /** The outcome of a call that a node turned away. */
  follow<T>(
    slot: number,
    place: number,
    node: ClusterNode,
    error: unknown,
    make: SlotCall<T>,
  ): Promise<T> {
    const held = this.#held.get(slot) ?? this.#hold(slot, this.#drained(node));
    return new Promise<T>((resolve, reject) => {
      const settle = resolve as (outcome: unknown) => void;
      held.redirected.push({ place, make, resolve: settle, reject, node, error, redirections: 0 });
    });
  }

  /** Holds slots that have left a node which still owes answers. */
  left(node: ClusterNode, slots: readonly number[]): void {
    const drained = this.#drained(node);
    for (const slot of slots) if (!this.#held.has(slot)) this.#hold(slot, drained);
  }

  /** Resolves when no slot is held, or after a while. */
  async ended(msMax: number): Promise<void> {
    if (this.#holds.size > 0) await this.#within(msMax, Promise.all(this.#holds));
  }

  #isFencedOff(place: number): boolean {
    return place < this.#fencedPlaces;
  }

  #drained(node: ClusterNode): Promise<void> {
    return this.#within(DRAIN_MS_MAX, node.drained());
  }

  #hold(slot: number, drained: Promise<void>): HeldSlot {
    const held: HeldSlot = { redirected: [], waiting: [] };
    this.#held.set(slot, held);
    const hold = this.#release(slot, held, drained);
    this.#holds.add(hold);
    void hold.then(() => this.#holds.delete(hold));
    return held;
  }

  /** Sends what was turned away until all of it is answered, and lets those go that wait. Never rejects. */
  async #release(slot: number, held: HeldSlot, drained: Promise<void>): Promise<void> {
    await drained;
    while (held.redirected.length > 0) {
      const calls = held.redirected.sort((a, b) => a.place - b.place);
      held.redirected = [];
      // oxlint-disable-next-line no-await-in-loop -- each round follows from the one before
      await this.#sendAgain(slot, held, calls);
    }
    this.#held.delete(slot);
    for (const begin of held.waiting) begin();
  }

  async #sendAgain(slot: number, held: HeldSlot, calls: readonly Redirected[]): Promise<void> {
    if (calls.some(isEarly)) await this.#pause(TRY_AGAIN_MS);
    const [first, ...others] = calls.filter((call) => this.#mayGo(call));
    if (first === undefined) return;
    // It shows the way: where it is turned away nothing is sent that might not be.
    await this.#make(held, first, () => this.#destinationOf(slot, first));
    if (held.redirected.length > 0) held.redirected = [...held.redirected, ...others];
    else {
      await Promise.all(
        others.map((call) => this.#make(held, call, () => this.#wayOf(slot, first, call))),
      );
    }
  }

  /** Whether a call may be sent once more; it has its outcome if not. */
  #mayGo(call: Redirected): boolean {
    if (this.#isFencedOff(call.place)) call.reject(fencedOff());
    else if (call.redirections === this.#options.redirectionsMax) {
      call.reject(this.#options.note(call.error));
    } else {
      call.redirections++;
      return true;
    }
    return false;
  }

  async #make(held: HeldSlot, call: Redirected, destination: () => Destination): Promise<void> {
    try {
      const { node, isAsking } = destination();
      call.node = node;
      this.#options.topology.watch();
      call.resolve(await call.make(node, isAsking, true));
    } catch (error) {
      call.error = error;
      if (isRedirection(error)) held.redirected.push(call);
      else call.reject(this.#options.note(error));
    }
  }

  /** Where a redirection leads; the map of slots follows it. */
  #destinationOf(slot: number, { node, error }: Redirected): Destination {
    const { topology } = this.#options;
    const reply = replyOf(error) ?? "";
    if (isPutOff(error)) return { node: topology.masterOf(slot) ?? node, isAsking: false };
    const isAsking = reply.startsWith("ASK ");
    const { address } = parseRedirection(reply, node.address.host);
    const target = topology.redirected(address, isAsking ? undefined : slot);
    if (!isAsking) topology.refresh();
    return { node: target, isAsking };
  }

  /** Where another call has just been is where this one goes, unless it is to ask. */
  #wayOf(slot: number, first: Redirected, call: Redirected): Destination {
    const isToAsk = replyOf(call.error)?.startsWith("ASK ") === true;
    if (isToAsk) return this.#destinationOf(slot, call);
    return { node: this.#options.topology.masterOf(slot) ?? first.node, isAsking: false };
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#options.timers.setTimeout(resolve, ms));
  }

  /** Resolves with a promise, whatever it comes to, or when time is over. */
  async #within(ms: number, promise: Promise<unknown>): Promise<void> {
    const { timers } = this.#options;
    await new Promise<void>((resolve) => {
      const timer = timers.setTimeout(resolve, ms);
      const end = (): void => {
        timers.clearTimeout(timer as never);
        resolve();
      };
      promise.then(end, end);
    });
  }
}

/** A node, and whether it lets a call in only when it asks. */
interface Destination {
  readonly node: ClusterNode;
  readonly isAsking: boolean;
}

function isPutOff(error: unknown): boolean {
  return replyOf(error)?.startsWith("TRYAGAIN ") === true;
}

/** Whether a call would only be turned away again if it went at once. */
function isEarly({ error, redirections }: Redirected): boolean {
  return isPutOff(error) || redirections >= PROMPT_REDIRECTIONS_MAX;
}
