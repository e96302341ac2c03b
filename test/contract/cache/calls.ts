import type { Cache, CallOptions } from "laurel";
import { collect } from "../expectations.ts";

/** One call of each method, each able to succeed on a fresh cache. */
export const CACHE_CALLS: Readonly<
  Record<string, (cache: Cache, options?: CallOptions) => Promise<unknown>>
> = {
  get: (cache, o) => cache.get("k", o),
  set: (cache, o) => cache.set("k", "v", o),
  delete: (cache, o) => cache.delete("k", o),
  exists: (cache, o) => cache.exists("k", o),
  clear: (cache, o) => cache.clear(o),
  incr: (cache, o) => cache.incr("n", 1, o),
  decr: (cache, o) => cache.decr("n", 1, o),
  append: (cache, o) => cache.append("k", "v", o),
  getMany: (cache, o) => cache.getMany(["k"], o),
  setMany: (cache, o) => cache.setMany([["k", "v"]], o),
  deleteMany: (cache, o) => cache.deleteMany(["k"], o),
  ttl: (cache, o) => cache.ttl("k", o),
  expire: (cache, o) => cache.expire("k", "1h", o),
  keys: (cache, o) => collect(cache.keys("*", o)),
  bootId: (cache, o) => cache.bootId(o),
};
