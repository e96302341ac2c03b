import type { Cluster } from "./cluster.ts";
import type { Member } from "./member.ts";

/** Probes come this much earlier or later, as a part of the interval, so that they do not meet. */
const JITTER = 0.1;
/** A node that stays away is asked at most so many times more rarely. */
const BACK_OFF_MAX = 4;

/**
 * The active half of the failure detector: asks each node from time to time whether it is there,
 * and by its boot id whether it is still the same. The passive half are the calls themselves.
 *
 * A node that stays away is asked more and more rarely; one that has answered once, soon again.
 */
export class HealthMonitor {
  readonly #cluster: Cluster;
  readonly #timers = new Map<Member, unknown>();
  readonly #failedProbes = new Map<Member, number>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Begins to ask a node. */
  watch(member: Member): void {
    this.#schedule(member, this.#cluster.config.healthCheck.intervalMs);
  }

  unwatch(member: Member): void {
    const timer = this.#timers.get(member);
    if (timer !== undefined) this.#cluster.config.timers.clearTimeout(timer as never);
    this.#timers.delete(member);
    this.#failedProbes.delete(member);
  }

  stop(): void {
    for (const member of this.#timers.keys()) this.unwatch(member);
  }

  /** Asks a node now. Never rejects: the node's health says what came of it. */
  async probe(member: Member): Promise<boolean> {
    try {
      await member.probe();
      await member.handshake();
      this.#failedProbes.delete(member);
      return true;
    } catch {
      this.#failedProbes.set(member, (this.#failedProbes.get(member) ?? 0) + 1);
      return false;
    }
  }

  #schedule(member: Member, ms: number): void {
    const { config } = this.#cluster;
    if (ms === Infinity) return;
    const jittered = ms * (1 + JITTER * (2 * config.random() - 1));
    const timer = config.timers.setTimeout(() => void this.#tick(member), Math.ceil(jittered));
    this.#timers.set(member, timer);
  }

  async #tick(member: Member): Promise<void> {
    const { intervalMs, timeoutMs, failureThreshold } = this.#cluster.config.healthCheck;
    const answered = await this.probe(member);
    if (!this.#timers.has(member)) return;
    const failed = this.#failedProbes.get(member) ?? 0;
    if (answered) {
      // It has to answer several times in a row before it is trusted: that need not take long.
      const isSettled =
        member.health === "healthy" || member.health === "syncing" || member.isMarked;
      this.#schedule(member, isSettled ? intervalMs : Math.min(intervalMs, timeoutMs));
    } else {
      const backOff = 2 ** Math.max(0, failed - failureThreshold);
      this.#schedule(member, intervalMs * Math.min(BACK_OFF_MAX, backOff));
    }
  }
}
