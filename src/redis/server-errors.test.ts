import { expect, test } from "vitest";
import { CacheError } from "../errors.ts";
import { connectionError, replyError, replyOf } from "./server-errors.ts";

test.each([
  ["WRONGTYPE Operation against a key holding the wrong kind of value", "WRONG_TYPE"],
  ["OOM command not allowed when used memory > 'maxmemory'.", "CACHE_FULL"],
  ["ERR value is not an integer or out of range", "NOT_INTEGER"],
  ["ERR increment or decrement would overflow", "OVERFLOW"],
  ["ERR resulting score is not a number (NaN)", "INVALID_SCORE"],
  ["CROSSSLOT Keys in request don't hash to the same slot", "CROSS_NODE"],
  ["READONLY You can't write against a read only replica.", "NODE_UNHEALTHY"],
  ["LOADING Redis is loading the dataset in memory", "NODE_UNHEALTHY"],
  ["MASTERDOWN Link with MASTER is down", "NODE_UNHEALTHY"],
  ["CLUSTERDOWN The cluster is down", "NODE_UNHEALTHY"],
  ["TRYAGAIN Multiple keys request during rehashing of slot", "NODE_UNHEALTHY"],
  ["BUSY Redis is busy running a script.", "NODE_UNHEALTHY"],
  ["MISCONF Errors writing to the AOF file", "NODE_UNHEALTHY"],
  ["NOREPLICAS Not enough good replicas to write.", "NODE_UNHEALTHY"],
  ["NOAUTH Authentication required.", "ACCESS_DENIED"],
  ["WRONGPASS invalid username-password pair or user is disabled.", "ACCESS_DENIED"],
  ["NOPERM User x has no permissions to run the 'get' command", "ACCESS_DENIED"],
  ["DENIED Redis is running in protected mode", "ACCESS_DENIED"],
  ["ERR AUTH <password> called without any password configured", "ACCESS_DENIED"],
  ["ERR The user executing the script can't run this command or subcommand", "ACCESS_DENIED"],
  ["ERR ACL failure in script: User has no permissions to run a command", "ACCESS_DENIED"],
  ["ERR max number of clients reached", "CONNECTION_FAILED"],
  ["ERR unknown command 'ZMPOP', with args beginning with: ", "CAPABILITY_UNSUPPORTED"],
  ["SOMETHING that nobody knows", "CAPABILITY_UNSUPPORTED"],
])("%j is %s", (said, code) => {
  const cause = new Error(said);
  const error = replyError(cause);
  expect(error).toBeInstanceOf(CacheError);
  expect(error).toMatchObject({ code, cause });
  expect(error.message).toMatch(/^Cannot use the server: .*: received "/);
});

test("a lost connection is CONNECTION_FAILED, whatever it was lost by", () => {
  const cause = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  expect(connectionError(cause)).toMatchObject({ code: "CONNECTION_FAILED", cause });
  expect(connectionError(undefined)).toMatchObject({ code: "CONNECTION_FAILED" });
});

test("a message shows enough of what the server said, and where it is", () => {
  const words = `ERR ${"x".repeat(150)}`;
  expect(replyError(new Error(words)).message).toContain(`received "${words}"`);
  expect(replyError(new Error("y".repeat(1000))).message.length).toBeLessThan(300);
  expect(connectionError(new Error("lost"), "10.0.0.7:6379").message).toBe(
    'Cannot use the server: the connection to 10.0.0.7:6379 failed: received "lost"',
  );
});

test("what the server said is told of replies alone", () => {
  expect(replyOf(replyError(new Error("NOSCRIPT none")))).toBe("NOSCRIPT none");
  expect(replyOf(connectionError(new Error("lost")))).toBeUndefined();
  expect(replyOf(new Error("else"))).toBeUndefined();
});
