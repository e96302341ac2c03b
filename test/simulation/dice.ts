import { type Random, seededRandom } from "../../src/structures/random.ts";

/** The chances of one simulation: everything that is drawn comes from one seeded generator. */
export class Dice {
  readonly random: Random;

  constructor(seed: number) {
    // Neighbouring seeds of Mulberry32 begin alike; spread them first.
    this.random = seededRandom(Math.imul(seed ^ 0x5bd1e995, 0x9e3779b1));
    for (let i = 0; i < 4; i++) this.random();
  }

  /** An integer from `min` to `max`, both included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.random() * (max - min + 1));
  }

  /** Whether an event of this probability happens. */
  chance(probability: number): boolean {
    return this.random() < probability;
  }

  /** One of the items, each as likely. */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new Error("Cannot pick: there is no item");
    return items[Math.floor(this.random() * items.length)] as T;
  }

  /** One of the names, as likely as its weight says. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name {
    const entries = Object.entries(weights) as [Name, number][];
    let rest = this.random() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [name, weight] of entries) {
      rest -= weight;
      if (rest < 0) return name;
    }
    return (entries.at(-1) as [Name, number])[0];
  }

  /** A span of time with this mean, in whole milliseconds, distributed exponentially. */
  span(meanMs: number): number {
    return Math.round(-Math.log(1 - this.random()) * meanMs);
  }

  /** Another generator that goes its own way from here. */
  fork(): Dice {
    return new Dice(Math.floor(this.random() * 2 ** 32));
  }
}
