import type { Dice } from "../../simulation/dice.ts";

/**
 * How safe a change of a file is: `volatile`: no sync has covered it yet; `durable`: one has;
 * `doubtful`: a sync of it failed, after which no later one of this file says anything about it.
 */
type Safety = "volatile" | "durable" | "doubtful";

/** Something that was done to a file. */
interface FileChange {
  readonly type: "write" | "truncate";
  readonly bytes: Buffer;
  /** The length that the file is cut to. */
  readonly length: number;
  safety: Safety;
}

const NOTHING = Buffer.alloc(0);

/** A file of a simulated disk: what it holds, and what of that a power cut may spare. */
export class SimulatedFile {
  readonly id: number;
  readonly #changes: FileChange[] = [];
  #bytes: Buffer;
  #length: number;

  /** Its first content is on the disk. */
  constructor(id: number, content: Buffer = NOTHING) {
    this.id = id;
    this.#bytes = Buffer.from(content);
    this.#length = content.length;
    if (content.length > 0) {
      const bytes = Buffer.from(content);
      this.#changes.push({ type: "write", bytes, length: 0, safety: "durable" });
    }
  }

  get length(): number {
    return this.#length;
  }

  /** What it holds. */
  get content(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** How many changes there were so far: a sync covers those before it. */
  get changes(): number {
    return this.#changes.length;
  }

  append(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const copy = Buffer.from(bytes);
    this.#changes.push({ type: "write", bytes: copy, length: 0, safety: "volatile" });
    const needed = this.#length + copy.length;
    if (needed > this.#bytes.length) {
      const grown = Buffer.alloc(Math.max(needed, 2 * this.#bytes.length));
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
    copy.copy(this.#bytes, this.#length);
    this.#length = needed;
  }

  truncate(length: number): void {
    this.#changes.push({ type: "truncate", bytes: NOTHING, length, safety: "volatile" });
    const before = this.content;
    if (length > before.length) this.append(Buffer.alloc(length - before.length));
    else this.#length = length;
  }

  /** The first so many changes are on the disk from now on, but for those that an earlier sync lost. */
  synced(changes: number): void {
    this.#mark(changes, "durable");
  }

  /**
   * A sync failed: the system counts these changes as written, though nobody knows whether they are.
   */
  syncFailed(changes: number): void {
    this.#mark(changes, "doubtful");
  }

  /** The next sync decides about what is doubtful. */
  forgetDoubts(): void {
    for (const change of this.#changes)
      if (change.safety === "doubtful") change.safety = "volatile";
  }

  /**
   * What a power cut leaves of it: all that is durable; of the rest a part from its beginning, where
   * the last bytes may be NULs, as when the length of a file is on the disk before its content.
   */
  afterPowerCut(dice: Dice): Buffer {
    const lastDurable = this.#changes.findLastIndex(({ safety }) => safety === "durable");
    const kept = new SimulatedFile(0);
    for (const change of this.#changes.slice(0, lastDurable + 1)) {
      const isLost = change.safety === "doubtful" && dice.chance(0.5);
      if (isLost && change.type === "truncate") continue;
      apply(kept, isLost ? { ...change, bytes: Buffer.alloc(change.bytes.length) } : change);
    }
    const rest = this.#changes.slice(lastDurable + 1);
    const whole = dice.chance(0.3) ? rest.length : dice.int(0, rest.length);
    for (const change of rest.slice(0, whole)) apply(kept, change);
    const torn = rest[whole];
    if (torn?.type === "write" && dice.chance(0.7)) {
      const part = torn.bytes.subarray(0, dice.int(0, torn.bytes.length));
      kept.append(part);
      if (dice.chance(0.3)) kept.append(Buffer.alloc(dice.int(0, torn.bytes.length - part.length)));
    }
    return Buffer.from(kept.content);
  }

  #mark(changes: number, safety: "durable" | "doubtful"): void {
    for (const change of this.#changes.slice(0, changes)) {
      if (change.safety === "volatile") change.safety = safety;
    }
  }
}

function apply(file: SimulatedFile, change: FileChange): void {
  if (change.type === "write") file.append(change.bytes);
  else file.truncate(change.length);
}
