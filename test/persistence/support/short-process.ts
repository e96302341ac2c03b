/** Writes something into a directory, and ends as many programs do: by `process.exit`. */
import { MemoryCache } from "../../../src/index.ts";
import { files } from "../../../src/persistence/index.ts";

const cache = new MemoryCache({ persistence: files({ dir: process.argv[2] ?? "" }) });
await cache.incr("count");
process.exit(0);
