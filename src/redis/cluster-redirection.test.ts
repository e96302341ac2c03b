import { describe, expect, test } from "vitest";
import { isRedirected, isRedirection, parseRedirection } from "./cluster-redirection.ts";
import { nameOf } from "./cluster-slots.ts";
import { connectionError, replyError } from "./server-errors.ts";

describe("a redirection", () => {
  test.each([
    ["MOVED 3999 127.0.0.1:6381", 3999, "127.0.0.1:6381"],
    ["ASK 7 host.example:7000", 7, "host.example:7000"],
    ["MOVED 0 ::1:7000", 0, "::1:7000"],
    ["MOVED 16383 :7000", 16_383, "asked:7000"],
    ["MOVED 16383 ?:7000", 16_383, "asked:7000"],
  ])("%s leads to slot %i at %s", (reply, slot, name) => {
    const redirection = parseRedirection(reply, "asked");
    expect(redirection.slot).toBe(slot);
    expect(nameOf(redirection.address)).toBe(name);
  });
});

test("a command is redirected by three replies alone", () => {
  expect(isRedirected("TRYAGAIN Multiple keys request during rehashing of slot")).toBe(true);
  expect(isRedirection(replyError(new Error("MOVED 1 a:1")))).toBe(true);
  expect(isRedirection(replyError(new Error("ASK 1 a:1")))).toBe(true);
  expect(isRedirection(replyError(new Error("CLUSTERDOWN The cluster is down")))).toBe(false);
  expect(isRedirection(connectionError(new Error("MOVED 1 a:1")))).toBe(false);
});

test.each(["MOVED 3999 127.0.0.1:6381", "ASK 3999 127.0.0.1:6381"])(
  "%s tells whoever does not follow it to use a client of the Cluster",
  (said) => {
    expect(replyError(new Error(said))).toMatchObject({
      code: "INVALID_CONFIG",
      message: `Cannot use the server: it is a node of a Cluster: hand in a Cluster client: received "${said}"`,
    });
  },
);
