import { MemoryCache } from "../../../src/index.ts";
import { files } from "../../../src/persistence/index.ts";

/** A process that keeps a cache in the directory of its argument, and then only lives. */
const [dir = ""] = process.argv.slice(2);
const cache = new MemoryCache({ persistence: files({ dir, fsync: "always" }) });
await cache.set("k", "kept by another process");
process.stdout.write("kept\n");
setInterval(() => {}, 1000);
