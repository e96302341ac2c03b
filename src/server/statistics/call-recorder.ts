import type { ClientPort } from "../../commands/client-port.ts";
import type { CommandEntry } from "../../commands/command-table.ts";
import { findParameter, parameterOf } from "../config/parameters.ts";
import type { ServerConfig } from "../config/server-config.ts";
import type { CallObserver } from "../executor.ts";
import type { LatencyMonitor } from "./latency-monitor.ts";
import type { ServerStats } from "./server-stats.ts";
import type { Slowlog } from "./slowlog.ts";

/** What is noted of the client that called. */
type Caller = Pick<ClientPort, "address" | "name">;

const MICROS_PER_MS = 1000;
const SECRET = "(redacted)";

/** Counts and times every command: for INFO, SLOWLOG and LATENCY. */
export class CallRecorder implements CallObserver {
  readonly #stats: ServerStats;
  readonly #slowlog: Slowlog;
  readonly #latency: LatencyMonitor;
  readonly #fault: (command: string, error: unknown) => void;
  /** A call of so many milliseconds interests the slow log or the latency monitor. */
  #interestingMs = Infinity;

  /** @param fault takes an error that no client can have caused, and the command that threw it */
  constructor(
    stats: ServerStats,
    slowlog: Slowlog,
    latency: LatencyMonitor,
    fault: (command: string, error: unknown) => void,
  ) {
    this.#stats = stats;
    this.#slowlog = slowlog;
    this.#latency = latency;
    this.#fault = fault;
  }

  /** Goes by the thresholds of a configuration from now on. */
  follow(config: ServerConfig): void {
    config.watch("slowlog-log-slower-than", (micros) => {
      this.#slowlog.thresholdMicros = micros < 0 ? Infinity : micros;
      this.#updateInterest();
    });
    config.watch("slowlog-max-len", (length) => this.#slowlog.keep(length));
    config.watch("latency-monitor-threshold", (ms) => {
      this.#latency.thresholdMs = ms;
      this.#updateInterest();
    });
    config.watch("latency-tracking", (isOn) => {
      this.#stats.commands.isTracking = isOn;
    });
  }

  called(
    entry: CommandEntry,
    argv: readonly string[],
    client: Caller,
    ms: number,
    failed: boolean,
  ): void {
    const { commands } = this.#stats;
    commands.record(entry.number, ms * MICROS_PER_MS);
    if (failed) commands.fail(entry.number);
    if (ms >= this.#interestingMs) this.#note(entry, argv, client, ms);
  }

  rejected(entry: CommandEntry): void {
    this.#stats.commands.reject(entry.number);
  }

  errorReplied(text: string): void {
    this.#stats.errors.record(text);
  }

  faulted(entry: CommandEntry, error: unknown): void {
    this.#fault(entry.fullName, error);
  }

  #note(entry: CommandEntry, argv: readonly string[], client: Caller, ms: number): void {
    this.#latency.record(entry.command.flags.includes("fast") ? "fast-command" : "command", ms);
    const micros = ms * MICROS_PER_MS;
    if (!entry.isSlowlogged || micros < this.#slowlog.thresholdMicros) return;
    this.#slowlog.record(withoutSecrets(entry, argv), micros, client.address, client.name);
  }

  #updateInterest(): void {
    const latencyMs = this.#latency.isOn ? this.#latency.thresholdMs : Infinity;
    this.#interestingMs = Math.min(latencyMs, this.#slowlog.thresholdMicros / MICROS_PER_MS);
  }
}

/** The arguments of a call without passwords. */
function withoutSecrets({ fullName }: CommandEntry, argv: readonly string[]): readonly string[] {
  if (fullName === "auth") return argv.map((argument, at) => (at === 0 ? argument : SECRET));
  if (fullName === "hello") {
    const auth = argv.findIndex((argument) => argument.toLowerCase() === "auth");
    return argv.map((argument, at) => {
      return auth > 0 && (at === auth + 1 || at === auth + 2) ? SECRET : argument;
    });
  }
  if (fullName !== "config|set") return argv;
  return argv.map((argument, at) =>
    at >= 3 && isSecret(argv[at - 1] ?? "", at) ? SECRET : argument,
  );
}

/** Whether the argument at an odd place is the value of a parameter that is a secret. */
function isSecret(name: string, at: number): boolean {
  const parameter = at % 2 === 1 ? findParameter(name) : undefined;
  return parameter !== undefined && parameterOf(parameter).isSensitive === true;
}
