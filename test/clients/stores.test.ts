import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import KeyvRedis from "@keyv/redis";
import { RedisStore } from "connect-redis";
import session, { type SessionData } from "express-session";
import { Keyv } from "keyv";
import { describe, expect, onTestFinished, test } from "vitest";
import { nodeRedisInTest } from "./node-redis-in-test.ts";
import { serverInTest } from "./server-in-test.ts";

declare module "express-session" {
  interface SessionData {
    visits?: number;
  }
}

function sessionData(visits: number): SessionData {
  return { visits, cookie: { originalMaxAge: null } };
}

async function sessionStore() {
  const client = await nodeRedisInTest((await serverInTest()).port, 3);
  return { client, sessions: new RedisStore({ client, prefix: "sess:", ttl: 100, scanCount: 10 }) };
}

async function keyv() {
  const { port } = await serverInTest();
  const store = new KeyvRedis(`redis://127.0.0.1:${port}`, { noNamespaceAffectsAll: true });
  const cache = new Keyv({ store, namespace: "app" });
  onTestFinished(() => cache.disconnect());
  return { cache, store, client: await nodeRedisInTest(port, 2) };
}

function count(to: number): number[] {
  return Array.from({ length: to }, (_, i) => i);
}

describe("connect-redis", () => {
  test("a session is set, read, touched and destroyed", async () => {
    const { client, sessions } = await sessionStore();
    await sessions.set("a", sessionData(1));
    expect(await sessions.get("a")).toEqual(sessionData(1));
    expect(await client.ttl("sess:a")).toBe(100);
    await client.expire("sess:a", 5);
    await sessions.touch("a", sessionData(1));
    expect(await client.ttl("sess:a")).toBe(100);
    await sessions.destroy("a");
    expect(await sessions.get("a")).toBeNull();
  });

  test("all sessions are listed, counted and cleared, and nothing else", async () => {
    const { client, sessions } = await sessionStore();
    await client.set("other", "v");
    for (let i = 0; i < 50; i++) await sessions.set(`s${i}`, sessionData(i));
    expect(await sessions.length()).toBe(50);
    const ids = (await sessions.ids()) as string[];
    expect(ids.sort()).toEqual(
      count(50)
        .map((i) => `s${i}`)
        .sort(),
    );
    const all = (await sessions.all()) as SessionData[];
    expect(all.map(({ visits }) => visits).sort((a, b) => (a ?? 0) - (b ?? 0))).toEqual(count(50));
    await sessions.clear();
    expect(await sessions.length()).toBe(0);
    expect(await client.get("other")).toBe("v");
  });

  test("express-session keeps a visitor's session in it", async () => {
    const { sessions } = await sessionStore();
    const visit = session({ store: sessions, secret: "s", resave: false, saveUninitialized: true });
    const site = createServer((request, response) => {
      // The middleware asks for what Express adds to these two, and uses none of it.
      const asked = request as Parameters<typeof visit>[0];
      visit(asked, response as Parameters<typeof visit>[1], () => {
        asked.session.visits = (asked.session.visits ?? 0) + 1;
        response.end(String(asked.session.visits));
      });
    }).listen(0, "127.0.0.1");
    onTestFinished(() => site.closeAllConnections());
    onTestFinished(() => void site.close());
    await once(site, "listening");
    const url = `http://127.0.0.1:${(site.address() as AddressInfo).port}/`;
    const first = await fetch(url);
    expect(await first.text()).toBe("1");
    const cookie = first.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    expect(await (await fetch(url, { headers: { cookie } })).text()).toBe("2");
    expect(await (await fetch(url)).text()).toBe("1");
    expect(await sessions.length()).toBe(2);
  });
});

describe("@keyv/redis", () => {
  test("values of every kind are set, read and deleted", async () => {
    const { cache } = await keyv();
    const values = ["text", 7, { deep: [1, { x: null }] }, true];
    for (const value of values) {
      expect(await cache.set("k", value)).toBe(true);
      expect(await cache.get("k")).toEqual(value);
    }
    expect(await cache.has("k")).toBe(true);
    expect(await cache.delete("k")).toBe(true);
    expect(await cache.delete("k")).toBe(false);
    expect(await cache.get("k")).toBeUndefined();
  });

  test("many at once", async () => {
    const { cache } = await keyv();
    await cache.set("a", 1);
    await cache.set("b", 2);
    expect(await cache.get(["a", "none", "b"])).toEqual([1, undefined, 2]);
    expect(await cache.delete(["a", "b"])).toBe(true);
    expect(await cache.get("a")).toBeUndefined();
  });

  test("a ttl is the server's", async () => {
    const { cache, client } = await keyv();
    await cache.set("k", "v", 60_000);
    const [key = ""] = await client.keys("*");
    expect(key).toContain("k");
    expect(await client.pTTL(key)).toBeGreaterThan(50_000);
    await client.pExpire(key, 0);
    expect(await cache.get("k")).toBeUndefined();
  });

  test("a namespace is listed and cleared without the others", async () => {
    const { cache, client } = await keyv();
    await client.set("other::k", "v");
    const names = count(250).map((i) => `k${i}`);
    for (const name of names) await cache.set(name, `value of ${name}`);
    const listed = new Map<unknown, unknown>();
    for await (const [key, value] of cache.iterator?.({}) ?? []) listed.set(key, value);
    expect(listed).toEqual(new Map(names.map((name) => [name, `value of ${name}`])));
    await cache.clear();
    expect(await client.keys("*")).toEqual(["other::k"]);
  });

  test("without a namespace everything is cleared", async () => {
    const { store, client } = await keyv();
    store.namespace = undefined;
    await store.set("k", "v");
    await client.set("other", "v");
    expect(await client.get("k")).toBe("v");
    await store.clear();
    expect(await client.dbSize()).toBe(0);
  });
});
