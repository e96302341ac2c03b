import { CacheError, type MemoryCacheOptions } from "laurel";
import { CacheNode } from "laurel/distributed";
import { type Conditions, fairConditions, type Mishap, MISHAP_WEIGHTS } from "./conditions.ts";
import type { Dice } from "./dice.ts";
import { createFace } from "./node-face.ts";
import { type EffectListener, ObservedStore } from "./observed-store.ts";
import type { Trace } from "./trace.ts";
import type { VirtualWorld } from "./virtual-world.ts";

/** What a simulated node is made of. */
export interface NodePlan {
  readonly id: string;
  /** Whether its cache offers the transfer of states. */
  readonly transfersState: boolean;
  /** Whether its cache says how long keys live that are created without a ttl. */
  readonly tellsDefaultTtl: boolean;
  /**
   * Whether its cache offers a fenced face, as one over a connection does: a call that was refused since
   * the process was another one says that it was not sent.
   */
  readonly isFenced: boolean;
  /** Whether an aborted call ends at once, as with a good client, or goes on unheard. */
  readonly heedsSignals: boolean;
  /** Milliseconds that a message takes at most when all is well. */
  readonly latencyMsMax: number;
  /**
   * The longest time between sending a call and executing it. What would come later never comes, so
   * that whoever waits this long knows that no late write lands any more.
   */
  readonly lateMsMax: number;
  /** Whether a restart keeps what was in memory, as a process does that reads it from a disk. */
  readonly keepsMemory: boolean;
  /** Members of a sorted set that it hands out at once when its state is read. */
  readonly chunkMembers: number;
  /** Limits of its store. */
  readonly storeOptions: MemoryCacheOptions;
}

/** The longest {@link NodePlan.lateMsMax} of all. */
export const LATE_MS_MAX = 25_000;
/** Calls that could make a store grow. */
/** Calls of a handshake. */
const HANDSHAKE_CALLS = 3;
const GROWING = /^(?:set|setMany|incr|decr|append|zAdd|zIncrBy|writeState|writeScores|z\w+Store)$/;

/** Work that one call does at the store when it gets there. */
export type Work = (store: ObservedStore) => Promise<unknown>;

/**
 * A process that holds a cache, and the network in front of it. Each call takes time on its way
 * there and back, may get lost on either, and may overtake another one. The process can be
 * stopped, cut off, and lose its memory; after that its connection fails every call until the boot
 * id was asked for, as a cache over a connection has to.
 */
export class SimulatedNode {
  readonly id: string;
  readonly plan: NodePlan;
  readonly conditions: Conditions = fairConditions();
  /** The node as a coordinator takes it. */
  readonly cacheNode: CacheNode;
  store: ObservedStore;
  /** Is told of each answer that arrives: of which keys, and how long it took. */
  onAnswer:
    | ((store: ObservedStore, keys: readonly string[] | undefined, tookMs: number) => void)
    | undefined;
  /** Whether it left in good order, so that it should hold nothing any more. */
  hasLeft = false;

  readonly #world: VirtualWorld;
  readonly #dice: Dice;
  readonly #trace: Trace;
  readonly #listener: EffectListener;
  /** Executions that wait for the paused process. */
  #waiting: (() => void)[] = [];
  /** Counts the process's lives; a connection is of one life. */
  #life = 0;
  /** The life of which the boot id was last asked for. */
  #knownLife = 0;
  /** Until when who asked may still be asking more of it before taking it for another incarnation. */
  #isMetUntil = 0;

  constructor(
    plan: NodePlan,
    surroundings: { world: VirtualWorld; dice: Dice; trace: Trace; listener: EffectListener },
  ) {
    this.id = plan.id;
    this.plan = plan;
    this.#world = surroundings.world;
    this.#dice = surroundings.dice;
    this.#trace = surroundings.trace;
    this.#listener = surroundings.listener;
    this.store = this.#newStore();
    const face = createFace(plan, (name, args, work, signal) =>
      this.#call(name, args, work, signal),
    );
    this.cacheNode = new CacheNode(plan.id, face);
  }

  /** Whether nothing stands between it and the coordinator. */
  get isReachable(): boolean {
    const { partition, isPaused, isDown } = this.conditions;
    return partition === "none" && !isPaused && !isDown;
  }

  /** The process loses its memory; it stays down until {@link start}. */
  crash(): void {
    this.store.isLost = true;
    this.#stop();
    this.store = this.#newStore();
  }

  /** The process ends, and has its memory again when it starts: as another incarnation. */
  stopKeepingMemory(): void {
    this.#stop();
    this.store.beginAnew(`${this.id}#${this.#life}`);
  }

  #stop(): void {
    this.#life++;
    this.#waiting = [];
    this.conditions.isPaused = false;
    this.conditions.isDown = true;
  }

  start(): void {
    this.conditions.isDown = false;
  }

  pause(): void {
    this.conditions.isPaused = true;
  }

  /** The stopped process goes on with what has arrived meanwhile. */
  resume(): void {
    this.conditions.isPaused = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const execute of waiting) execute();
  }

  /** Ends everything that is wrong. */
  heal(): void {
    this.resume();
    Object.assign(this.conditions, fairConditions());
  }

  #newStore(): ObservedStore {
    const options: MemoryCacheOptions = {
      clock: this.#world.clock,
      timers: this.#world.timers,
      random: this.#dice.fork().random,
      sweepInterval: Infinity,
      ...this.plan.storeOptions,
    };
    const name = `${this.id}#${this.#life}`;
    return new ObservedStore(name, options, this.plan.chunkMembers, this.#listener);
  }

  #call(
    name: string,
    args: readonly unknown[],
    work: Work,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    return new Promise((resolve, reject) => {
      const mishap = this.#drawMishap();
      const call = new NetworkCall(name, args, this.#world.now, resolve, reject);
      if (this.#trace.isOn) {
        this.#trace.add(`   ${this.id} <- ${call.describe()}${mishap ? ` [${mishap}]` : ""}`);
      }
      if (signal !== undefined && this.plan.heedsSignals) {
        signal.addEventListener("abort", () => call.reject(signal.reason as Error), { once: true });
      }
      this.#send(call, work, mishap);
    });
  }

  #drawMishap(): Mishap | undefined {
    const { mishapRate } = this.conditions;
    if (mishapRate === 0 || !this.#dice.chance(mishapRate)) return undefined;
    return this.#dice.weighted(MISHAP_WEIGHTS);
  }

  #latency(): number {
    return this.#dice.int(0, this.plan.latencyMsMax) * this.conditions.slowness;
  }

  #latencyMax(): number {
    return this.plan.latencyMsMax * this.conditions.slowness;
  }

  #send(call: NetworkCall, work: Work, mishap: Mishap | undefined): void {
    const life = this.#life;
    const isUnknownLife = this.#knownLife !== life && call.name !== "bootId";
    if (mishap === "refused" || isUnknownLife) {
      const reason = isUnknownLife && this.plan.isFenced ? "NOT_SENT" : "ECONNREFUSED";
      this.#world.after(this.#latency(), () => this.#refuse(call, reason));
      return;
    }
    if (mishap === "request dropped") return;
    const delay =
      this.#latency() + (mishap === "delayed" ? this.#dice.int(20, this.plan.lateMsMax) : 0);
    this.#world.after(delay, () => this.#arrive(call, work, mishap, life));
  }

  #arrive(call: NetworkCall, work: Work, mishap: Mishap | undefined, life: number): void {
    const { partition, isDown, isPaused } = this.conditions;
    if (partition === "drop") return;
    if (partition === "refuse" || isDown) this.#refuse(call);
    else if (life !== this.#life) {
      // The connection was of a former life: it is reset, or just silent.
      if (this.#dice.chance(0.5)) this.#refuse(call);
    } else if (isPaused) this.#waiting.push(() => this.#execute(call, work, mishap, life));
    else this.#execute(call, work, mishap, life);
  }

  #execute(call: NetworkCall, work: Work, mishap: Mishap | undefined, life: number): void {
    if (this.#world.now - call.sentAt > this.plan.lateMsMax) return;
    if (mishap === "failed before") {
      this.#reply(call, life, () => call.reject(new Error(`${call.name} failed before it began`)));
      return;
    }
    if (this.conditions.isFull && GROWING.test(call.name)) {
      const full = new CacheError("CACHE_FULL", "Cannot write: the cache is full: received more");
      this.#reply(call, life, () => call.reject(full));
      return;
    }
    if (this.#trace.isOn) this.#trace.add(`   ${this.store.name} executes ${call.describe()}`);
    void this.#work(call, work, mishap, life);
  }

  async #work(
    call: NetworkCall,
    work: Work,
    mishap: Mishap | undefined,
    life: number,
  ): Promise<void> {
    let settle: () => void;
    try {
      const { store } = this;
      const value = await work(store);
      if (mishap === "reply lost") return;
      settle = () => this.#answer(call, value, mishap, life, store);
    } catch (error) {
      settle = () => call.reject(error as Error);
    }
    this.#reply(call, life, settle);
  }

  #answer(
    call: NetworkCall,
    value: unknown,
    mishap: Mishap | undefined,
    life: number,
    store: ObservedStore,
  ): void {
    if (mishap === "failed after") call.reject(new Error(`${call.name} failed at the end`));
    else {
      if (call.name === "bootId" && !call.isSettled) this.#meet(life);
      call.resolve(value);
      if (call.sentAt < this.#isMetUntil) return;
      this.onAnswer?.(store, call.keys, this.#world.now - call.sentAt);
    }
  }

  #meet(life: number): void {
    if (this.#knownLife === life) return;
    this.#knownLife = life;
    this.#isMetUntil = this.#world.now + HANDSHAKE_CALLS * 2 * this.#latencyMax();
  }

  #reply(call: NetworkCall, life: number, settle: () => void): void {
    this.#world.after(this.#latency(), () => {
      if (this.conditions.partition !== "none") return;
      // A process that crashed meanwhile has reset its connections; what had left it may arrive.
      if (life !== this.#life && this.#dice.chance(0.5)) this.#refuse(call);
      else settle();
      if (this.#trace.isOn) this.#trace.add(`   ${this.id} -> ${call.describeOutcome()}`);
    });
  }

  #refuse(call: NetworkCall, code = "ECONNREFUSED"): void {
    const cause = Object.assign(new Error(`connect ${code}`), { code });
    const message = `Cannot reach ${this.id}: the connection was refused: received ${code}`;
    call.reject(new CacheError("CONNECTION_FAILED", message, { cause }));
    if (this.#trace.isOn) this.#trace.add(`   ${this.id} refuses ${call.describe()}`);
  }
}

/** One call on its way: settled at most once. */
class NetworkCall {
  readonly name: string;
  readonly sentAt: number;
  isSettled = false;
  readonly #args: readonly unknown[];
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (error: Error) => void;
  #outcome: unknown;

  constructor(
    name: string,
    args: readonly unknown[],
    sentAt: number,
    resolve: (value: unknown) => void,
    reject: (error: Error) => void,
  ) {
    this.name = name;
    this.#args = args;
    this.sentAt = sentAt;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  resolve(value: unknown): void {
    this.isSettled = true;
    this.#outcome = value;
    this.#resolve(value);
  }

  reject(error: Error): void {
    this.isSettled = true;
    this.#outcome = error;
    this.#reject(error);
  }

  /** The keys that it is about; undefined: all of them. */
  get keys(): string[] | undefined {
    const names = this.#args
      .slice(0, 2)
      .flat(2)
      .filter((each) => typeof each === "string");
    return this.name === "clear" ? undefined : names;
  }

  describe(): string {
    return describeCall(this.name, this.#args);
  }

  describeOutcome(): string {
    return `${this.describe()}: ${describeValue(this.#outcome)}`;
  }
}

/** A call as a trace shows it. */
function describeCall(name: string, args: readonly unknown[]): string {
  return `${name}(${args.map(describeValue).join(", ")})`;
}

/** A value as a trace shows it, cut. */
export function describeValue(value: unknown): string {
  const text = describeWhole(value);
  return text.length > 160 ? `${text.slice(0, 160)}...` : text;
}

function describeWhole(value: unknown): string {
  if (value instanceof CacheError) return `${value.code} (${value.message})`;
  if (value instanceof Error) return String(value);
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString("latin1"));
  if (value instanceof AbortSignal) return "signal";
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) return `[${value.map(describeWhole).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value).filter(([, field]) => field !== undefined);
    return `{${fields.map(([name, field]) => `${name}: ${describeWhole(field)}`).join(", ")}}`;
  }
  return value === undefined ? "nothing" : JSON.stringify(value);
}
