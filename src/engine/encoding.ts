import type { Keyspace } from "./keyspace.ts";
import { type ListpackLimits, sortedSetEncoding } from "./sorted-set-encoding.ts";
import { stringEncoding } from "./string-encoding.ts";
import { type ByType, typeOf } from "./value.ts";

type Encoding = (keyspace: Keyspace, slot: number, limits: ListpackLimits) => string;

const ENCODINGS: ByType<Encoding> = { string: stringEncoding, zset: sortedSetEncoding };

/** How Redis would hold the value at a slot, as OBJECT ENCODING names it. O(1). */
export function encodingAt(keyspace: Keyspace, slot: number, limits: ListpackLimits): string {
  return ENCODINGS[typeOf(keyspace.valueAt(slot))](keyspace, slot, limits);
}
