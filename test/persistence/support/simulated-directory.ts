import type { Dice } from "../../simulation/dice.ts";
import type { SimulatedFile } from "./simulated-file.ts";

/** What a name in a directory stands for. */
export type SimulatedNode = SimulatedFile | SimulatedDirectory;

/** Something that was done to the names of a directory, at once: it is on the disk or it is not. */
interface NameChange {
  readonly added: readonly [name: string, node: SimulatedNode] | undefined;
  readonly removed: string | undefined;
}

/** A directory of a simulated disk: the names that it has, and those that are on the disk. */
export class SimulatedDirectory {
  readonly names = new Map<string, SimulatedNode>();
  #durable = new Map<string, SimulatedNode>();
  #changes: NameChange[] = [];
  /** How many changes are on the disk. */
  #safe = 0;

  add(name: string, node: SimulatedNode): void {
    this.names.set(name, node);
    this.#changes.push({ added: [name, node], removed: undefined });
  }

  remove(name: string): void {
    if (this.names.delete(name)) this.#changes.push({ added: undefined, removed: name });
  }

  rename(from: string, to: string, node: SimulatedNode): void {
    this.names.delete(from);
    this.names.set(to, node);
    this.#changes.push({ added: [to, node], removed: from });
  }

  /** How many changes there were so far: a sync covers those before it. */
  get changes(): number {
    return this.#safe + this.#changes.length;
  }

  /** The first so many changes are on the disk from now on. */
  synced(changes: number): void {
    const more = Math.max(0, changes - this.#safe);
    for (const change of this.#changes.splice(0, more)) apply(this.#durable, change);
    this.#safe += more;
  }

  /**
   * Its names after a power cut: each change that was not synced is on the disk or is not, whatever
   * became of the others.
   */
  namesAfterPowerCut(dice: Dice): Map<string, SimulatedNode> {
    const names = new Map(this.#durable);
    const isOrderly = dice.chance(0.3);
    const orderly = dice.int(0, this.#changes.length);
    for (const [i, change] of this.#changes.entries()) {
      if (isOrderly ? i < orderly : dice.chance(0.5)) apply(names, change);
    }
    return names;
  }
}

function apply(names: Map<string, SimulatedNode>, { added, removed }: NameChange): void {
  if (removed !== undefined) names.delete(removed);
  if (added !== undefined) names.set(...added);
}
