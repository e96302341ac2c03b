import type { Keyspace } from "../../engine/keyspace.ts";

const SLOTS_PER_STEP = 1024;

/** All keys of a keyspace that are alive, in no order. O(n). */
export function allKeys(keyspace: Keyspace): string[] {
  const keys: string[] = [];
  let cursor = 0;
  do cursor = keyspace.scan(cursor, SLOTS_PER_STEP, keys);
  while (cursor !== 0);
  return keys;
}
