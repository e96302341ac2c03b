import { LfuPolicy } from "./lfu.ts";
import { LruPolicy } from "./lru.ts";
import type { EvictionPolicy } from "./policy.ts";
import { S3FifoPolicy } from "./s3-fifo.ts";

/** What happens when a limit is reached: `none` refuses the write, the others make room for it. */
export type Eviction =
  /** The write is refused with `CACHE_FULL`. */
  | "none"
  /** What was used longest ago goes. */
  | "lru"
  /** What is used least often goes. */
  | "lfu"
  /** What was not used again soon after it came goes first: a scan does not empty the cache. */
  | "s3-fifo";

/** How each policy is made; the compiler names one that is missing. */
const POLICIES: Readonly<Record<Eviction, () => EvictionPolicy | undefined>> = {
  none: () => undefined,
  lru: () => new LruPolicy(),
  lfu: () => new LfuPolicy(),
  "s3-fifo": () => new S3FifoPolicy(),
};

/** All names of {@link Eviction}. */
export const EVICTIONS: readonly Eviction[] = Object.keys(POLICIES) as Eviction[];

/** A new policy of this name; `undefined` for `none`. */
export function createPolicy(eviction: Eviction): EvictionPolicy | undefined {
  return POLICIES[eviction]();
}
