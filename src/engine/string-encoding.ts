import { parseInteger } from "../protocol/number-text.ts";
import type { Keyspace } from "./keyspace.ts";

/** Redis' names for how it would hold a string: OBJECT ENCODING tells them. */
export type StringEncoding = "int" | "embstr" | "raw";

/** The longest text that Redis allocates together with its header, in bytes. */
const EMBEDDED_BYTES_MAX = 44;
/** No 64-bit integer has a longer text; nothing longer is tried to be read as one. */
const INTEGER_BYTES_MAX = 20;

/** The marks of strings: edited in place, or made as text though it may be an integer's. */
const EDITED = 1;
const MADE_AS_TEXT = 2;

/**
 * How Redis would hold the string at a slot: a 64-bit integer as such, a short text together with
 * its header, and as `raw` a long text and whatever was edited in place. O(1).
 */
export function stringEncoding(keyspace: Keyspace, slot: number): StringEncoding {
  const mark = keyspace.markAt(slot);
  if (mark === EDITED) return "raw";
  const value = keyspace.valueAt(slot) as string;
  const mayBeInteger = mark !== MADE_AS_TEXT && value.length <= INTEGER_BYTES_MAX;
  if (mayBeInteger && parseInteger(value) !== undefined) return "int";
  return value.length <= EMBEDDED_BYTES_MAX ? "embstr" : "raw";
}

/** Notes that the string at a slot was edited in place, so that Redis would hold it as `raw`. */
export function markEdited(keyspace: Keyspace, slot: number): void {
  keyspace.mark(slot, EDITED);
}

/** Notes that Redis would hold the string at a slot as text even where it spells an integer. */
export function markAsText(keyspace: Keyspace, slot: number): void {
  keyspace.mark(slot, MADE_AS_TEXT);
}
