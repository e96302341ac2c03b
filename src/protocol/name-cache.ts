import { textOf } from "./byte-text.ts";

/** A power of two, several times the commands that one client sends. */
const SLOTS = 64;
/** Longer texts are no command's name, and not kept. */
const NAME_BYTES_MAX = 32;

/**
 * The texts that were read lately, one a slot, so that a name that comes again is the same string
 * object: none is made, its hash is known, and a `Map` finds it by identity. It learns what comes
 * and holds at most 64 texts of 32 bytes; one that falls on another's slot replaces it.
 */
export class NameCache {
  readonly #slots: string[] = new Array<string>(SLOTS).fill("");

  /** The byte string of `buffer[start, end)`. O(length). */
  textOf(buffer: Buffer, start: number, end: number): string {
    const length = end - start;
    if (length > NAME_BYTES_MAX || length === 0) return textOf(buffer, start, end);
    // No letter's case is folded: a name in another case is another text.
    const slot =
      ((buffer[start] as number) * 5 +
        (buffer[start + (length >> 1)] as number) * 11 +
        (buffer[end - 1] as number) * 23 +
        length) &
      (SLOTS - 1);
    const known = this.#slots[slot] as string;
    if (known.length === length && isEqual(known, buffer, start)) return known;
    const text = textOf(buffer, start, end);
    this.#slots[slot] = text;
    return text;
  }
}

function isEqual(text: string, buffer: Buffer, start: number): boolean {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) !== buffer[start + i]) return false;
  }
  return true;
}
