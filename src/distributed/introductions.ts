import type { Member } from "./member.ts";

/**
 * The first meeting of a coordinator with nodes that others use, too: none of its nodes is used before each
 * of these was asked once whether it belongs to the same ring. Who cannot be asked holds up nobody after that.
 */
export class Introductions {
  readonly #awaited: Set<Member>;
  readonly #whenOver: Promise<void>;
  #end: (() => void) | undefined;

  constructor(members: Iterable<Member>) {
    this.#awaited = new Set(members);
    this.#whenOver = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** A node was asked. @returns what to wait for; undefined: all were asked */
  over(member: Member): Promise<void> | undefined {
    this.#awaited.delete(member);
    if (this.#awaited.size > 0) return this.#whenOver;
    this.#end?.();
    return undefined;
  }
}
