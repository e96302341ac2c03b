import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { Cookie, type SessionData } from "express-session";
import { type Cache, CacheError, MemoryCache } from "laurel";
import { expect, test } from "vitest";
import { browser, LaurelStore, main, site } from "../../examples/session-store.ts";
import { VirtualTime } from "../support/virtual-time.ts";
import { printed } from "./printed.ts";

const expected = `\
=== Session Store Example ===

1. Two users sign in
Who are you?
Welcome, ada
Welcome, bob
ada, visit 1

2. Each visit gives a session 30 minutes more
ada, visit 2
ada, visit 3
ada, visit 4
Meanwhile bob was away for an hour: Who are you?

3. Signing out ends it at once
Goodbye
Who are you?
Sessions: 0`;

test("the story is told line by line", async () => {
  expect(await printed(main)).toBe(expected);
});

/** The calls of a store as promises. */
function promising(store: LaurelStore) {
  return {
    get: promisify((id: string, done: Parameters<LaurelStore["get"]>[1]) => store.get(id, done)),
    set: promisify(store.set.bind(store)),
    touch: promisify(store.touch.bind(store)),
    destroy: promisify(store.destroy.bind(store)),
  };
}

function data(maxAge?: number): SessionData {
  const cookie = new Cookie();
  if (maxAge !== undefined) cookie.maxAge = maxAge;
  return { cookie, user: "ada", visits: 1 };
}

test("a session comes back as it went in, and lives as long as its cookie", async () => {
  const time = new VirtualTime();
  await using cache = new MemoryCache(time);
  const store = promising(new LaurelStore(cache, { prefix: "s:", ttl: "2h" }));
  await store.set("1", data(60_000));
  expect(await store.get("1")).toMatchObject({ user: "ada", visits: 1 });
  expect(await cache.ttl("s:1")).toBe(60_000);
  await store.set("2", data());
  expect(await cache.ttl("s:2")).toBe(7_200_000);
  time.advance(60_000);
  expect(await store.get("1")).toBeUndefined();
});

test("a touch begins its time anew, and brings nothing back that was destroyed", async () => {
  const time = new VirtualTime();
  await using cache = new MemoryCache(time);
  const store = promising(new LaurelStore(cache));
  await store.set("1", data(60_000));
  time.advance(59_000);
  await store.touch("1", data(60_000));
  time.advance(59_000);
  expect(await store.get("1")).toBeDefined();
  await store.destroy("1");
  await store.touch("1", data(60_000));
  expect(await store.get("1")).toBeUndefined();
  expect(cache.metrics().entries).toBe(0);
});

test("a session whose cookie is out of date is gone at once", async () => {
  const time = new VirtualTime();
  await using cache = new MemoryCache(time);
  const store = promising(new LaurelStore(cache));
  await store.set("1", data(-5));
  time.advance(1);
  expect(await store.get("1")).toBeUndefined();
});

test("what the cache refuses is told to the caller", async () => {
  const cache = new MemoryCache({ maxMemoryBytes: 10, eviction: "none" });
  const store = promising(new LaurelStore(cache));
  await expect(store.set("1", data())).rejects.toMatchObject({ code: "CACHE_FULL" });
  await cache.close();
  await expect(store.get("1")).rejects.toMatchObject({ code: "CLOSED" });
  await expect(store.destroy("1")).rejects.toMatchObject({ code: "CLOSED" });
});

/** A site over a cache, for as long as `use` takes. */
async function withSite(cache: Cache, use: (origin: string) => Promise<void>): Promise<void> {
  const server = site(new LaurelStore(cache)).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
  }
}

test("signing in changes the id: the old one opens nothing", async () => {
  await using cache = new MemoryCache();
  await withSite(cache, async (origin) => {
    const ada = browser(origin);
    await ada("/in/ada");
    const before: string[] = [];
    for await (const key of cache.keys()) before.push(key);
    await ada("/in/ada");
    expect(before).toHaveLength(1);
    expect(await cache.exists(before[0] as string)).toBe(false);
    expect(cache.metrics().entries).toBe(1);
  });
});

test("visits of two browsers at the same time do not mix", async () => {
  await using cache = new MemoryCache();
  await withSite(cache, async (origin) => {
    const [ada, bob] = [browser(origin), browser(origin)];
    await Promise.all([ada("/in/ada"), bob("/in/bob")]);
    const answers = await Promise.all([ada("/"), bob("/")]);
    expect(answers).toEqual(["ada, visit 1", "bob, visit 1"]);
  });
});

test("a site whose cache is out of reach says so, and lives on", async () => {
  const cache = new MemoryCache();
  let isDown = false;
  // Reading goes well, and saving fails, which is when the answer is on its way.
  cache.set = async function (...args) {
    if (isDown) throw new CacheError("TIMEOUT", "Cannot set: no answer");
    return MemoryCache.prototype.set.apply(this, args);
  };
  await withSite(cache, async (origin) => {
    const ada = browser(origin);
    await ada("/in/ada");
    isDown = true;
    expect(await ada("/")).toBe("ada, visit 1");
    isDown = false;
    expect(await ada("/")).toBe("ada, visit 1");
    await cache.close();
    expect(await ada("/")).toBe("Sessions are out of reach");
  });
});
