import { decodeText } from "../cache/inputs.ts";
import { CacheError, show } from "../errors.ts";
import { isAscii } from "../structures/byte-string.ts";
import { bytesArgument } from "./arguments.ts";
import type { Argument } from "./port.ts";
import { slotOf, tagOf } from "./slot.ts";

/** What the names begin with, after the prefix, that are the cache's own: no key of a user's does. */
const RESERVED = "\0laurel:";
/** What those of them begin with where something waits to take the place of a key. */
const STAGING = "staging:";

/**
 * How the keys of a cache are called on its server: all of them begin with the cache's prefix. All names
 * here are byte strings.
 */
export class KeyNames {
  readonly prefix: string;
  readonly #ownPrefix: string;
  readonly #isPlain: boolean;

  constructor(prefix: string) {
    this.prefix = prefix;
    this.#isPlain = isAscii(prefix);
    this.#ownPrefix = prefix + RESERVED;
  }

  /** The name of a user's key. @throws {CacheError} `INVALID_KEY` for one that is reserved */
  nameOf(key: string): string {
    if (key.charCodeAt(0) === 0 && key.startsWith(RESERVED)) {
      throw new CacheError(
        "INVALID_KEY",
        `Cannot use a key: those that begin so are the cache's own: received ${show(key)}`,
      );
    }
    return this.prefix + key;
  }

  /**
   * The argument of a user's key.
   * @param text the key as the user wrote it: where that is its byte string, it is ASCII
   */
  argumentOf(key: string, text: string): Argument {
    const name = this.nameOf(key);
    return this.#isPlain && key === text ? name : bytesArgument(name);
  }

  /** The user's key of a name that begins with the prefix; `undefined`: it is the cache's own. */
  keyOf(name: string): string | undefined {
    if (name.startsWith(this.#ownPrefix)) return undefined;
    return decodeText(name.slice(this.prefix.length));
  }

  /** Whether a name that begins with the prefix is to outlive a clear: the cache's own, unless it waits there. */
  isKept(name: string): boolean {
    return name.startsWith(this.#ownPrefix) && !name.startsWith(STAGING, this.#ownPrefix.length);
  }

  /** The name of what the cache keeps for itself. */
  reserved(name: string): string {
    return this.#ownPrefix + name;
  }

  /** The glob of all names whose keys match a glob. */
  matching(pattern: string): Argument {
    return bytesArgument(this.prefix.replaceAll(/[*?[\]\\]/g, "\\$&") + pattern);
  }

  /**
   * A name that is the cache's own, of the slot of another one, where something waits to take its place.
   * Names of different ids differ, and so do those of different targets.
   */
  stagingName(target: string, id: string): string {
    const slot = slotOf(target);
    const rest = `${id}\0${target.slice(this.prefix.length)}`;
    const tagged = this.reserved(`${STAGING}{${tagOf(slot)}}${rest}`);
    if (slotOf(tagged) === slot) return tagged;
    // A brace in the prefix has the last word: its tag is that of the target, too, or it is found by trying.
    for (let i = 0; ; i++) {
      const name = this.reserved(`${STAGING}${i}}${rest}`);
      if (slotOf(name) === slot) return name;
    }
  }
}
