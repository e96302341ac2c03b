import { describe, expect, test } from "vitest";
import { parseServerUrl } from "./server-url.ts";

describe("the URL of a server", () => {
  test.each([
    ["redis://localhost", "redis://localhost"],
    ["rediss://user:pass@host:7000/3", "rediss://user:pass@host:7000/3"],
    ["valkey://[::1]:6379/0", "redis://[::1]:6379/0"],
    ["valkeys://:p%40ss@host", "rediss://:p%40ss@host"],
    ["redis://host/1?family=6", "redis://host/1?family=6"],
  ])("%s is %s for the client libraries", (given, url) => {
    expect(parseServerUrl(given)).toEqual({ url });
    expect(parseServerUrl(new URL(given))).toEqual({ url });
  });

  test("may name a socket of the file system", () => {
    expect(parseServerUrl("unix:///run/my%20redis.sock")).toEqual({
      path: "/run/my redis.sock",
      database: 0,
    });
    expect(parseServerUrl("unix:///run/redis.sock?db=4")).toMatchObject({ database: 4 });
  });

  test.each([
    "",
    "localhost:6379",
    "secret@localhost",
    "http://user:secret@localhost",
    "redis://",
    "redis://user:secret@",
    "redis://user:secret@host:99999",
    "redis://user:secret@host/name",
    "redis://user:secret@host/0?keyPrefix=secret:",
    "unix://host/run/redis.sock",
    "unix:///run/redis.sock?db=-1",
  ])("is refused, and not repeated: %j", (url) => {
    let message = "";
    try {
      parseServerUrl(url);
    } catch (error) {
      expect(error).toMatchObject({ name: "CacheError", code: "INVALID_CONFIG" });
      expect((error as Error).cause).toBeUndefined();
      message = String(error);
    }
    expect(message).toMatch(/^CacheError: Cannot read the URL of the server: .*: received /);
    expect(message).not.toContain("secret");
  });
});
