import { expect, test } from "vitest";
import { COMMAND_KEYS_MAX, commandsOf, firstKeysOf, groupsOf, readsOf, valuesOf } from "./bulk.ts";
import { replyError } from "./server-errors.ts";

const VALUES = ["1", "2", "3", "4"].map((text) => Buffer.from(text));
const [one, two, three] = VALUES;

test("on one server keys share a command", () => {
  const keys = ["a", "b", "a"];
  const groups = groupsOf(keys, false);
  expect(commandsOf("UNLINK", keys, groups)).toEqual([["UNLINK", "a", "b", "a"]]);
  expect(commandsOf("MSET", ["a", "b"], groupsOf(["a", "b"], false), ["1", "2"])).toEqual([
    ["MSET", "a", "1", "b", "2"],
  ]);
});

test("in a Cluster those of one slot do, whatever was asked before", () => {
  groupsOf(["c{2}", "a{1}"], true);
  const keys = ["a{1}", "b", "c{2}", "d{1}", Buffer.from("e{2}")];
  const commands = commandsOf("UNLINK", keys, groupsOf(keys, true));
  expect(commands).toEqual([
    ["UNLINK", "a{1}", "d{1}"],
    ["UNLINK", "b"],
    ["UNLINK", "c{2}", Buffer.from("e{2}")],
  ]);
  expect(firstKeysOf(commands)).toEqual(["a{1}", "b", "c{2}"]);
});

test.each([false, true])("a command has only so many keys, Cluster or not: %s", (isCluster) => {
  const keys = Array.from({ length: 2 * COMMAND_KEYS_MAX + 1 }, (_, i) => `{tag}${i}`);
  const commands = commandsOf("UNLINK", keys, groupsOf(keys, isCluster));
  expect(commands.map(({ length }) => length - 1)).toEqual([COMMAND_KEYS_MAX, COMMAND_KEYS_MAX, 1]);
  expect(commands.flatMap(([, ...some]) => some)).toEqual(keys);
});

test("values come in the order of the keys, by GET for a key that shares no command", () => {
  const keys = ["a{1}", "b", "c{1}", "d"];
  const groups = groupsOf(keys, true);
  expect(readsOf(keys, groups)).toEqual([
    ["MGET", "a{1}", "c{1}"],
    ["GET", "b"],
    ["GET", "d"],
  ]);
  const replies = [[one, three] as Buffer[], two as Buffer, null];
  expect(valuesOf(replies, groups)).toEqual([one, two, three, undefined]);
});

test("a key that is all there is to read is read by MGET, which refuses no type", () => {
  expect(readsOf(["a"], groupsOf(["a"], true))).toEqual([["MGET", "a"]]);
});

test("a key of another type has no value; any other error is thrown", () => {
  const groups = groupsOf(["a", "b"], true);
  const otherType = replyError(new Error("WRONGTYPE Operation against a key"));
  expect(valuesOf([otherType, two as Buffer], groups)).toEqual([undefined, two]);
  const denied = replyError(new Error("NOPERM this user has no permissions"));
  expect(() => valuesOf([otherType, denied], groups)).toThrow(denied);
});
