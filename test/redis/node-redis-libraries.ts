import { createRequire } from "node:module";
import { createClient, createCluster, createSentinel } from "redis";

/** What a release of `redis` makes clients with. */
interface Library {
  readonly createClient: typeof createClient;
  readonly createCluster: typeof createCluster;
  readonly createSentinel: typeof createSentinel;
}

const keyvRequire = createRequire(createRequire(import.meta.url).resolve("@keyv/redis"));
/** Version 5 comes with another package of the tests. */
const version5 = keyvRequire("@redis/client") as Library;
const version6: Library = { createClient, createCluster, createSentinel };

/** The releases and versions of the protocol that an adapter is tested with. */
export const NODE_REDIS_KINDS: readonly (readonly [name: string, library: Library, RESP: 2 | 3])[] =
  [
    ["redis 6 and RESP2", version6, 2],
    ["redis 6 and RESP3", version6, 3],
    ["redis 5 and RESP3", version5, 3],
  ];
