import { CacheError } from "../../errors.ts";
import { nearestName } from "../../cache/nearest-name.ts";
import { byOtherName } from "./other-names.ts";

/** What someone wants a parameter to be, before it is checked. */
export interface Setting {
  /** The name as it was written. */
  readonly name: string;
  /** The value, word by word, as byte strings. */
  readonly words: readonly string[];
  /** Where it was written: `--port`, `LAUREL_PORT`, `laurel.conf:3`. */
  readonly source: string;
}

/** The error for a setting that cannot be followed. */
export function refused(source: string, reason: string): CacheError {
  return new CacheError("INVALID_CONFIG", `Cannot configure the server: ${source}: ${reason}`);
}

/** The error for a name that no parameter has, with the one that was likely meant. */
export function unknown(
  source: string,
  name: string,
  known: readonly string[],
  spell: (name: string) => string = (name) => name,
): CacheError {
  const meant = byOtherName(name) ?? nearestName(name.toLowerCase(), known);
  const hint = meant === undefined ? "" : `, did you mean ${spell(meant)}?`;
  return refused(source, `there is no such parameter${hint}`);
}
