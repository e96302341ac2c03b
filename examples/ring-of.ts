import { type DistributedCache, HashRing } from "laurel/distributed";

/**
 * The ring of a distributed cache with the default options: whoever has the same nodes has the same
 * ring, so that one can ask it where keys are.
 */
export function ringOf(cache: DistributedCache): HashRing {
  const ring = new HashRing();
  for (const node of cache.nodes()) ring.add(node);
  return ring;
}
