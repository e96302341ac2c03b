import type { SlowlogEntry, SlowlogPort } from "../../commands/server-port.ts";

/** Arguments that an entry keeps, the last of them telling how many there were more. */
const ARGUMENTS_MAX = 32;
/** Bytes that an entry keeps of an argument. */
const ARGUMENT_BYTES_MAX = 128;

/** The commands of the recent past that took long, arguments cut as Redis cuts them. */
export class Slowlog implements SlowlogPort {
  /** A command that took so long is noted; Infinity: none is. */
  thresholdMicros = Infinity;
  readonly #nowMs: () => number;
  /** Oldest first. */
  readonly #entries: SlowlogEntry[] = [];
  #lengthMax = 0;
  #nextId = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get length(): number {
    return this.#entries.length;
  }

  /** Keeps at most so many entries. */
  keep(lengthMax: number): void {
    this.#lengthMax = lengthMax;
    this.#trim();
  }

  /** Notes a command. */
  record(
    argv: readonly string[],
    durationMicros: number,
    clientAddress: string,
    clientName: string,
  ): void {
    this.#entries.push({
      id: this.#nextId++,
      unixSeconds: Math.floor(this.#nowMs() / 1000),
      durationMicros: Math.round(durationMicros),
      argv: cutArguments(argv),
      clientAddress,
      clientName,
    });
    this.#trim();
  }

  newest(count: number): readonly SlowlogEntry[] {
    const from = Math.max(0, this.#entries.length - count);
    return this.#entries.slice(from).reverse();
  }

  clear(): void {
    this.#entries.length = 0;
  }

  #trim(): void {
    const surplus = this.#entries.length - this.#lengthMax;
    if (surplus > 0) this.#entries.splice(0, surplus);
  }
}

function cutArguments(argv: readonly string[]): readonly string[] {
  if (argv.length <= ARGUMENTS_MAX) return argv.map(cutArgument);
  const kept = argv.slice(0, ARGUMENTS_MAX - 1).map(cutArgument);
  return [...kept, `... (${argv.length - ARGUMENTS_MAX + 1} more arguments)`];
}

function cutArgument(argument: string): string {
  const surplus = argument.length - ARGUMENT_BYTES_MAX;
  if (surplus <= 0) return argument;
  // Copied: a slice would keep all of a long argument in memory.
  const kept = Buffer.from(argument.slice(0, ARGUMENT_BYTES_MAX), "latin1").toString("latin1");
  return `${kept}... (${surplus} more bytes)`;
}
