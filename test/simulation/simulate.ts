import { History, type KeyKind } from "./checker/history.ts";
import type { Violation } from "./checker/violation.ts";
import { Cluster } from "./cluster.ts";
import type { Coordinator } from "./coordinator.ts";
import { Dice } from "./dice.ts";
import { createDistributed } from "./distributed-coordinator.ts";
import { FaultInjector, faultsMin } from "./faults.ts";
import { drawPlan, type Plan } from "./plan.ts";
import { type Backlog, checkPlacement, MIXED_SLACK_MS, unrest } from "./quiet.ts";
import { checkRepair, repairNowAndThen, type RepairParts } from "./repairs.ts";
import { checkLimits } from "./limits.ts";
import { describeValue } from "./simulated-node.ts";
import { watchOverflows } from "./overflows.ts";
import { TopologyChanger } from "./topology-changer.ts";
import { Trace } from "./trace.ts";
import { VirtualWorld } from "./virtual-world.ts";
import { Client, describeError, type Surroundings } from "./workload/client.ts";
import { drawAction, readAll } from "./workload/workload.ts";

/** How one seed went. */
export interface Verdict {
  readonly seed: number;
  readonly violation: Violation | undefined;
  readonly operations: number;
  readonly faults: number;
  readonly topologyChanges: number;
  readonly virtualMs: number;
  readonly plan: Plan;
  readonly trace: Trace;
}

/** Makes the coordinator that is to be tested. */
type CreateCoordinator = (plan: Plan, cluster: Cluster, world: VirtualWorld) => Coordinator;

export interface SimulateOptions {
  /** Whether to keep a trace. Default false: it costs time. */
  readonly isTraced?: boolean;
  readonly create?: CreateCoordinator;
  /** Changes what the seed decided. */
  readonly adapt?: (plan: Plan) => Plan;
}

/** A node that could not be told is told again within this time at the latest. */
const RECOVERY_MS = 10_000;
/** The longest time that any one call may take, in virtual milliseconds. */
const CALL_MS_MAX = 10 * 60_000;
/** The longest time that everything may take to come to rest. */
const QUIET_MS_MAX = 15 * 60_000;
/** How often an unfinished topology change is gone on with, and the pause in between. */
const RESUMES_MAX = 60;
const RESUME_PAUSE_MS = 5000;
/** Topology changes that each seed has. */
const TOPOLOGY_CHANGES_MIN = 2;
/** How long nothing must have been wrong before nothing may fail. */
const CALM_MS = 120_000;

/**
 * Runs the simulation of a seed: clients, faults and topology changes at once, on virtual time;
 * then all faults are healed, and everything has to come to rest. Equal seeds run alike.
 */
export async function simulate(seed: number, options: SimulateOptions = {}): Promise<Verdict> {
  const drawn = drawPlan(seed);
  return new Simulation(options.adapt?.(drawn) ?? drawn, options).run();
}

class Simulation {
  readonly #plan: Plan;
  readonly #world = new VirtualWorld();
  readonly #trace: Trace;
  readonly #dice: Dice;
  readonly #history: History;
  readonly #cluster: Cluster;
  readonly #coordinator: Coordinator;
  readonly #faults: FaultInjector;
  readonly #topology: TopologyChanger;
  #operations = 0;
  /** Events of nodes so far. */
  #events = 0;
  /** When a node last missed more than the coordinator can remember. */
  #droppedAt = 0;

  constructor(plan: Plan, { isTraced = false, create = createDistributed }: SimulateOptions) {
    this.#plan = plan;
    this.#dice = new Dice(plan.seed ^ 0x51a1);
    this.#trace = new Trace(this.#world, isTraced);
    const slackMs = plan.isMixed ? MIXED_SLACK_MS : 0;
    this.#history = new History(
      this.#world,
      {
        any: (key) => this.#cluster.ownerStores(key),
        sure: (key) => this.#cluster.sureOwnerStores(key),
        opposite: (key, store) => this.#cluster.oppositeStores(key, store),
      },
      slackMs,
    );
    const parts = { world: this.#world, dice: this.#dice, trace: this.#trace };
    this.#cluster = new Cluster(plan, {
      ...parts,
      listener: (store, effect) => this.#history.observe(store, effect),
    });
    this.#addKeys();
    for (const node of plan.nodes) this.#cluster.create(node);
    this.#coordinator = create(plan, this.#cluster, this.#world);
    this.#cluster.attach(this.#coordinator);
    this.#cluster.onAnswer = (store, keys) => this.#history.confirm(store, keys);
    this.#cluster.onLoss = (store) => this.#history.noteLoss(store);
    watchOverflows(this.#coordinator, this.#cluster, this.#history);
    this.#hearEvents();
    const { mishapRate } = plan;
    this.#faults = new FaultInjector(parts, this.#cluster, this.#coordinator, mishapRate);
    this.#topology = new TopologyChanger({
      ...parts,
      dice: this.#dice.fork(),
      cluster: this.#cluster,
      coordinator: this.#coordinator,
      faults: this.#faults,
      history: this.#history,
    });
  }

  async run(): Promise<Verdict> {
    const onUnhandled = (error: unknown): void => {
      this.#history.report("no unhandled error", describeError(error));
    };
    process.on("unhandledRejection", onUnhandled);
    try {
      await this.#play();
      await this.#rest();
    } finally {
      process.off("unhandledRejection", onUnhandled);
    }
    if (this.#world.error !== undefined) {
      this.#history.report("no unhandled error", describeError(this.#world.error));
    }
    return {
      seed: this.#plan.seed,
      violation: this.#history.violation,
      operations: this.#operations,
      faults: this.#faults.count,
      topologyChanges: this.#topology.count,
      virtualMs: this.#world.elapsedMs,
      plan: this.#plan,
      trace: this.#trace,
    };
  }

  #hearEvents(): void {
    for (const name of ["health", "resync", "rebalance", "dropped"] as const) {
      this.#coordinator.on(name, (event) => {
        this.#events++;
        if (name === "dropped") this.#droppedAt = this.#world.now;
        if (this.#trace.isOn) this.#trace.add(`== ${name} ${describeValue(event)}`);
      });
    }
  }

  /** Grows with each event of a node, and each write that any owner missed. */
  #restlessness(): number {
    const { replicationFailures = 0, dirtyKeys = 0 }: Backlog = this.#coordinator.metrics();
    return dirtyKeys > 0 ? Number.NaN : this.#events + replicationFailures;
  }

  #addKeys(): void {
    const { texts, counters, boards, members } = this.#plan.keys;
    const add = (kind: KeyKind, key: string, names: string[] = []): void =>
      this.#history.addKey(key, kind, names);
    for (let i = 0; i < texts; i++) add("text", `text:${i}.`);
    for (let i = 0; i < counters; i++) add("counter", `counter:${i}.`);
    const names = Array.from({ length: members }, (_, i) => `m${i}`);
    for (let i = 0; i < boards; i++) add("board", `board:{${i}}`, names);
    for (let i = 0; i < boards; i++) add("copy", `copy:{${i}}`);
  }

  /** Clients, faults and topology changes, until there was enough of each. */
  async #play(): Promise<void> {
    const { operations, clients, thinkMs, faults, topologyChanges } = this.#plan;
    const overMs = (operations / clients) * thinkMs;
    const isOver = (): boolean => this.#history.violation !== undefined;
    let running = 2;
    const end = (): void => void running--;
    void this.#faults.run(faults, overMs).finally(end);
    // Changes that come late would disturb the quiet.
    const isLate = (): boolean => isOver() || this.#faults.isOver;
    void this.#topology.run(topologyChanges, overMs, isLate).finally(end);
    void this.#guard(() => repairNowAndThen(this.#plan, this.#repairParts(), overMs, isOver));
    let busy = clients;
    const isDone = (): boolean =>
      this.#operations >= operations &&
      this.#faults.count >= faultsMin(faults) &&
      (running === 0 || this.#operations >= 2 * operations);
    for (let i = 0; i < clients; i++) {
      void this.#serve(this.#client(`c${i + 1}`), () => isDone() || isOver()).finally(() => busy--);
    }
    const limit = overMs * 4 + CALL_MS_MAX;
    const isFinished = await this.#world.run(() => busy === 0 || isOver(), limit);
    if (!isFinished) {
      const message = `${busy} clients still wait for an answer`;
      this.#history.report("every call settles", message);
    }
  }

  #client(name: string): Client {
    const surroundings: Surroundings = {
      world: this.#world,
      dice: this.#dice,
      trace: this.#trace,
      history: this.#history,
      coordinator: this.#coordinator,
      isCalm: () => this.#isCalm(),
      restlessness: () => this.#restlessness(),
    };
    return new Client(name, surroundings);
  }

  async #serve(client: Client, isDone: () => boolean): Promise<void> {
    const { thinkMs } = this.#plan;
    while (!isDone()) {
      // A burst now and then: the next call follows at once.
      if (client.dice.chance(0.7)) await this.#world.sleep(client.dice.span(thinkMs / 0.7));
      this.#operations++;
      await this.#guard(() => drawAction(client.dice)(client));
      checkLimits(this.#plan, this.#coordinator, this.#history);
    }
  }

  /** Whether nothing has been wrong for a while: no fault, no topology change, no limit reached. */
  #isCalm(): boolean {
    if (this.#topology.isChanging) return false;
    const { calmFrom } = this.#faults;
    const since = Math.max(calmFrom, this.#topology.finishedAt, this.#droppedAt);
    const wasNeverWrong = since === 0 && this.#plan.mishapRate === 0;
    return wasNeverWrong || (this.#faults.isOver && this.#world.now - since > CALM_MS);
  }

  /** After all faults: everything becomes well by itself, and each key is where it belongs. */
  async #rest(): Promise<void> {
    if (this.#history.violation !== undefined) return;
    this.#faults.heal();
    let isResumed = false;
    const resume = async (): Promise<void> => {
      for (let i = 0; i < RESUMES_MAX; i++) {
        if (!this.#topology.isChanging) {
          if (this.#topology.count >= TOPOLOGY_CHANGES_MIN) break;
          this.#topology.begin();
        }
        await this.#topology.attempt(60_000);
        if (this.#topology.isChanging) await this.#world.sleep(RESUME_PAUSE_MS);
      }
      isResumed = true;
    };
    void this.#guard(resume);
    const isOver = (): boolean => this.#history.violation !== undefined;
    await this.#world.run(() => isResumed || isOver(), QUIET_MS_MAX);
    if (this.#topology.isChanging) {
      this.#history.report("healthy after quiet", "a topology change cannot be finished");
    }
    // Whatever is still on its way arrives.
    await this.#world.run(isOver, this.#plan.coordinator.fenceTimeoutMs + 5000);
    await this.#waitForRest(isOver);
    if (isOver()) return;
    checkPlacement(this.#plan, this.#cluster, this.#history);
    await this.#within(() => readAll(this.#client("final")), "a final read", isOver);
    if (!isOver()) checkPlacement(this.#plan, this.#cluster, this.#history);
    if (isOver() || this.#plan.repairs === 0) return;
    await this.#within(() => checkRepair(this.#plan, this.#repairParts()), "a repair", isOver);
  }

  #repairParts(): RepairParts {
    return {
      world: this.#world,
      trace: this.#trace,
      cluster: this.#cluster,
      coordinator: this.#coordinator,
      history: this.#history,
    };
  }

  async #waitForRest(isOver: () => boolean): Promise<void> {
    const end = this.#world.now + QUIET_MS_MAX;
    const { intervalMs } = this.#plan.coordinator.probe;
    let restless: string | undefined;
    let restlessAt = this.#world.now;
    do {
      await this.#world.run(isOver, 1000);
      restless = unrest(this.#coordinator);
      if (restless !== undefined) restlessAt = this.#world.now;
      // Whole lists that wait for a node that has just become well are told of nowhere: its next probe lets them go on.
      if (this.#world.now - restlessAt > intervalMs + RECOVERY_MS) break;
    } while (!isOver() && this.#world.now < end);
    if (restless !== undefined) this.#history.report("healthy after quiet", restless);
  }

  /** Does something that has to come to an end. */
  async #within(action: () => Promise<void>, what: string, isOver: () => boolean): Promise<void> {
    let isDone = false;
    void this.#guard(action).finally(() => {
      isDone = true;
    });
    const isFinished = await this.#world.run(() => isDone || isOver(), CALL_MS_MAX);
    if (!isFinished) this.#history.report("every call settles", `${what} has no answer`);
  }

  /** An error of the simulation itself ends it, too. */
  async #guard(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.#history.report("no unhandled error", describeError(error));
    }
  }
}
