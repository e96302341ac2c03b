import { LfuPolicy } from "./lfu.ts";
import { LruPolicy } from "./lru.ts";
import type { EvictionPolicy } from "./policy.ts";
import { S3FifoPolicy } from "./s3-fifo.ts";

/** What happens when a limit is reached: `none` refuses the write, the others make room for it. */
export type Eviction = "none" | "lru" | "lfu" | "s3-fifo";

/** All names of {@link Eviction}. */
export const EVICTIONS: readonly Eviction[] = ["none", "lru", "lfu", "s3-fifo"];

/** A new policy of this name; `undefined` for `none`. */
export function createPolicy(eviction: Eviction): EvictionPolicy | undefined {
  switch (eviction) {
    case "lru":
      return new LruPolicy();
    case "lfu":
      return new LfuPolicy();
    case "s3-fifo":
      return new S3FifoPolicy();
    case "none":
    default:
      return undefined;
  }
}
