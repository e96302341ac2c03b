import type { ZMember } from "../structures/z-member.ts";

/**
 * What an operation did to a keyspace, with absolute times: applied in order to an empty keyspace,
 * effects give the same state. Keys, values and members are byte strings; `expiresAt` is in
 * milliseconds since the epoch of the keyspace's clock, Infinity for a key that stays.
 */
export type Effect =
  | { type: "set"; key: string; value: string; expiresAt: number }
  | { type: "append"; key: string; data: string }
  | { type: "expire"; key: string; expiresAt: number }
  | { type: "delete"; key: string; reason: "deleted" | "expired" | "evicted" }
  /** These members now have these scores; the key is created where it does not exist. */
  | { type: "zadd"; key: string; members: readonly ZMember[] }
  /** These members are gone; the key goes with the last one. */
  | { type: "zrem"; key: string; members: readonly string[] }
  | { type: "clear" };
