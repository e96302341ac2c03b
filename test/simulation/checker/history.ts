import type { Effect } from "../../../src/engine/effects.ts";
import type { ObservedStore } from "../observed-store.ts";
import type { VirtualWorld } from "../virtual-world.ts";
import { numberOf, textOf } from "./content.ts";
import { Operation } from "./operation.ts";
import { Register } from "./register.ts";
import type { Invariant, Violation } from "./violation.ts";

/** What a key is used for; `copy` is a sorted set that is computed from another one. */
export type KeyKind = "text" | "counter" | "board" | "copy";

/** One key with its registers: one for a string, one for each member of a sorted set. */
export interface KeyHistory {
  readonly key: string;
  readonly kind: KeyKind;
  /** By member; a string's is under "". */
  readonly registers: ReadonlyMap<string, Register>;
}

/** Which stores own a key. While the ring changes a key has owners before and after. */
export interface OwnersOf {
  /** Those before, and those after. */
  any(key: string): Iterable<ObservedStore>;
  /** Those that own it before and after. */
  sure(key: string): Iterable<ObservedStore>;
  /** Those that own it only where a store does not: before, or after. */
  opposite(key: string, store: ObservedStore): Iterable<ObservedStore>;
}

/**
 * All that was done through the coordinator, and all that the stores were seen doing. It judges
 * each answer when it comes; the first violation is kept.
 */
export class History {
  readonly keys = new Map<string, KeyHistory>();
  violation: Violation | undefined;

  readonly #world: VirtualWorld;
  readonly #ownersOf: OwnersOf;

  readonly #slackMs: number;
  readonly #evicted = new Set<string>();

  constructor(world: VirtualWorld, ownersOf: OwnersOf, slackMs: number) {
    this.#slackMs = slackMs;
    this.#world = world;
    this.#ownersOf = ownersOf;
  }

  addKey(key: string, kind: KeyKind, members: readonly string[] = []): void {
    const registers = new Map<string, Register>();
    if (kind === "text" || kind === "counter") {
      registers.set("", new Register(key, kind === "text", this.#slackMs));
    }
    for (const member of members)
      registers.set(member, new Register(`${key}/${member}`, false, this.#slackMs));
    this.keys.set(key, { key, kind, registers });
  }

  keysOf(...kinds: KeyKind[]): KeyHistory[] {
    return [...this.keys.values()].filter(({ kind }) => kinds.includes(kind));
  }

  /** Begins an operation. */
  begin(label: string): Operation {
    return new Operation(this, label, this.#world.now);
  }

  get now(): number {
    return this.#world.now;
  }

  report(invariant: Invariant, message: string, words: readonly string[] = []): void {
    this.violation ??= { invariant, message, words };
  }

  /** Judges what a read that began at `start` and ends now found in a register. */
  checkRead(
    register: Register,
    content: string | number | undefined,
    start: number,
    invariant?: Invariant,
  ): void {
    const problem = register.checkRead(content, start, this.now);
    if (problem === undefined) return;
    const found = content === undefined ? "nothing" : String(content);
    const message = `read ${found}: ${problem.message}`;
    this.#reportRead(register, invariant ?? problem.invariant, message, start);
  }

  /** Judges an answer that says whether a key is there, by the law that it would break. */
  checkPresence(
    keyHistory: KeyHistory,
    isPresent: boolean,
    start: number,
    invariant?: Invariant,
  ): void {
    if (keyHistory.kind === "copy") return;
    if (!isPresent) {
      for (const register of keyHistory.registers.values()) {
        this.checkRead(register, undefined, start, invariant);
      }
      return;
    }
    const problems = [...keyHistory.registers.values()].map((register) => ({
      register,
      problem: register.checkPresent(start, this.now),
    }));
    const [first] = problems;
    if (first === undefined || problems.some(({ problem }) => problem === undefined)) return;
    const { register, problem } = first;
    if (problem !== undefined) {
      this.#reportRead(register, invariant ?? problem.invariant, problem.message, start);
    }
  }

  /** Is told what an operation did to a store. */
  observe(store: ObservedStore, effect: Effect): void {
    if (effect.type === "clear") {
      for (const { registers } of this.keys.values()) {
        for (const register of registers.values()) register.noteEmptied(store);
      }
      return;
    }
    if (effect.type === "delete" && effect.reason === "evicted") this.#evicted.add(effect.key);
    const keyHistory = this.keys.get(effect.key);
    if (keyHistory === undefined || keyHistory.kind === "copy") return;
    const { registers } = keyHistory;
    switch (effect.type) {
      case "set":
        this.#noteContent(registers.get(""), effect.value, store);
        if (effect.expiresAt !== Infinity) {
          registers.get("")?.deadlines.noteHeld(store, effect.expiresAt);
        }
        return;
      case "append":
        this.#noteContent(registers.get(""), effect.data, store, true);
        return;
      case "zadd":
        for (const { member, score } of effect.members) {
          this.#noteContent(registers.get(member), score, store);
        }
        return;
      case "zrem":
        for (const member of effect.members) registers.get(member)?.noteEmptied(store);
        return;
      case "expire":
        registers.get("")?.deadlines.noteHeld(store, effect.expiresAt);
        return;
      case "delete":
        for (const register of registers.values()) {
          register.noteEmptied(store);
          if (effect.reason === "evicted") {
            register.mayBeEmptyFrom(this.now, `eviction by ${store.name}`);
            // What it no longer has it cannot remove, so nobody is told to: others keep it.
            if (keyHistory.kind === "board") register.needNotStayEmpty = true;
          }
        }
    }
  }

  /** An answer of a store to a call on these keys (undefined: on all of them) has arrived in time. */
  confirm(store: ObservedStore, keys: readonly string[] | undefined): void {
    for (const key of keys ?? this.keys.keys()) {
      for (const register of this.keys.get(key)?.registers.values() ?? []) register.confirm(store);
    }
  }

  /** Stores other than those of its owners are no longer needed for a key that they handed over. */
  releaseHandedOver(stores: Iterable<ObservedStore>): void {
    for (const { key, registers } of this.keys.values()) {
      const owners = new Set(this.#ownersOf.any(key));
      const former = [...stores].filter((store) => !owners.has(store));
      for (const register of registers.values()) {
        for (const store of former) {
          register.release(store);
          register.forgetExpired(store, this.now);
        }
        register.handOverAbsence(former, this.storesWithout(register));
      }
    }
  }

  /**
   * A store is about to be lost. What it has of a key as a new owner was handed over to it: those that
   * own the key no more are not needed for it, and may have been told already to delete it.
   */
  noteLoss(store: ObservedStore): void {
    for (const { key, registers } of this.keys.values()) {
      const opposite = [...this.#ownersOf.opposite(key, store)];
      if (opposite.length === 0) continue;
      const all = [...registers.values()];
      const wasTold = all.some((register) => register.wasToldTo(store));
      if (wasTold) for (const register of all) register.noteLoss(opposite);
    }
  }

  /** A store that was given up as lost is used again: what it had then is lost all the same. */
  noteReturn(store: ObservedStore): void {
    const gone = { name: `${store.name} as it was`, isLost: true };
    for (const { registers } of this.keys.values()) {
      for (const register of registers.values()) register.noteGone(store, gone);
    }
    store.isLost = false;
  }

  /** Whether any write of a key was under way since a moment. */
  wasWritten(key: string, since: number): boolean {
    const registers = [...(this.keys.get(key)?.registers.values() ?? [])];
    return registers.length === 0 || registers.some((each) => each.wasWritten(since, this.now));
  }

  /** Whether any store ever evicted a key. */
  wasEvicted(key: string): boolean {
    return this.#evicted.has(key);
  }

  /** Nobody knows any more which owner of a key has the latest of it. */
  excuse(key: string): void {
    for (const register of this.keys.get(key)?.registers.values() ?? []) register.excuseAll();
  }

  /** The owners' stores in which a register is empty now. */
  storesWithout(register: Register, owners: "any" | "sure" = "any"): ObservedStore[] {
    const [key, member] = splitName(register.name);
    return [...this.#ownersOf[owners](key)].filter((store) =>
      member === undefined
        ? store.peek(key) === undefined
        : store.peekScore(key, member) === undefined,
    );
  }

  #noteContent(
    register: Register | undefined,
    content: string | number,
    store: ObservedStore,
    isAddition = false,
  ): void {
    if (register === undefined || register.noteHeld(store, content, isAddition)) return;
    const message = `${store.name} holds ${content} as ${register.name}, which nobody wrote`;
    this.report("no corrupt value", message, [splitName(register.name)[0]]);
  }

  #reportRead(register: Register, invariant: Invariant, message: string, start: number): void {
    const [key] = splitName(register.name);
    const writes = register.describe().slice(-12).join("\n    ");
    this.report(
      invariant,
      `${register.name}: ${message}\n  the read lasted from ${start} to ${this.now}\n  writes:\n    ${writes}`,
      [key],
    );
  }
}

function splitName(name: string): [key: string, member: string | undefined] {
  const [key, member] = name.split("/");
  return [key as string, member];
}

/** The content that a write of this number gives to a register of a string. */
export function valueOf(register: Register, number: number): string {
  return register.isText ? textOf(number) : String(numberOf(number));
}
