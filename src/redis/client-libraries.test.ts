import { expect, test } from "vitest";
import { firstOf, type Library, LIBRARIES } from "./client-libraries.ts";

function missing(name: string): Library {
  const error = new Error(`Cannot find package '${name}' imported from /app/main.js`);
  const load = () => Promise.reject(Object.assign(error, { code: "ERR_MODULE_NOT_FOUND" }));
  return { name, load, create: () => expect.unreachable() };
}

const ofWhat = (library: { readonly of: string }) => library.of;

const SERVER = { url: "redis://localhost:1" };

test("the first library that is installed makes the client", async () => {
  const there: Library = { name: "b", load: async () => ({ of: "b" }), create: ofWhat };
  const never: Library = { ...missing("c"), load: () => expect.unreachable() };
  expect(await firstOf([missing("a"), there, never]).clientOf(SERVER)).toBe("b");
});

test("where none is installed, the error says what to do", async () => {
  const none = firstOf([missing("ioredis"), missing("redis")]);
  await expect(none.clientOf(SERVER)).rejects.toMatchObject({
    name: "CacheError",
    code: "INVALID_CONFIG",
    message: expect.stringMatching(/`npm install ioredis` or `npm install redis`/) as string,
  });
});

test("a library that is installed but broken is not passed over", async () => {
  const cause = new Error("Cannot find package 'other' imported from ioredis");
  const broken = Object.assign(cause, { code: "ERR_MODULE_NOT_FOUND" });
  const library: Library = { ...missing("ioredis"), load: () => Promise.reject(broken) };
  await expect(firstOf([library, missing("redis")]).clientOf(SERVER)).rejects.toMatchObject({
    code: "INVALID_CONFIG",
    cause,
  });
});

test("both libraries make clients for URLs and for sockets, and connect none", async () => {
  const path = { path: "/run/redis.sock", database: 2 };
  for (const server of [SERVER, path]) {
    const client = (await LIBRARIES.clientOf(server)) as { readonly status: string };
    expect(client.status).toBe("wait");
  }
});
