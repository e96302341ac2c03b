import type { VirtualWorld } from "./virtual-world.ts";

/** Lines kept: those around what went wrong, which is the end. */
const LINES_MAX = 200_000;

const PROBE = "bootId()";

/** What happened in a simulation, line by line, with its virtual time; off unless one is to be read. */
export class Trace {
  readonly isOn: boolean;
  readonly #world: VirtualWorld;
  readonly #lines: string[] = [];

  constructor(world: VirtualWorld, isOn: boolean) {
    this.#world = world;
    this.isOn = isOn;
  }

  add(event: string): void {
    if (!this.isOn || this.#lines.length >= LINES_MAX) return;
    this.#lines.push(`${(this.#world.elapsedMs / 1000).toFixed(3).padStart(9)}  ${event}`);
  }

  /** The last `count` of all lines. */
  tail(count: number): string[] {
    return this.#lines.slice(-count);
  }

  /** The last `count` of the lines that mention one of the words, or all; probes are left out. */
  tailAbout(count: number, words: readonly string[]): string[] {
    const lines = this.#lines.filter(
      (line) =>
        !line.includes(PROBE) && (words.length === 0 || words.some((word) => line.includes(word))),
    );
    return lines.slice(-count);
  }
}
