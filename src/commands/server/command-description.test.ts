import { describe, expect, test } from "vitest";
import { countedKeys, keysFrom, NO_KEYS, oneKey, type Command, type KeySpec } from "../command.ts";
import { categoriesOf, flagsOf, keyRange } from "./command-description.ts";
import { serverCommand } from "./server-record.ts";

function commandWith(facts: Partial<Command>): Command {
  return serverCommand({
    name: "x",
    arity: 1,
    since: "1.0.0",
    summary: "",
    complexity: "",
    ...facts,
  });
}

describe("the ACL categories of a command", () => {
  test.each<[Partial<Command>, string[]]>([
    [{ flags: ["write", "fast"], categories: ["string"] }, ["write", "string", "fast"]],
    [{ flags: ["readonly"], categories: ["sortedset"] }, ["read", "sortedset", "slow"]],
    [{ flags: ["readonly"], categories: ["scripting"] }, ["slow", "scripting"]],
    [{ flags: ["admin"] }, ["admin", "slow", "dangerous"]],
    [{ flags: ["write", "blocking"] }, ["write", "slow", "blocking"]],
  ])("%j", (facts, categories) => {
    expect(categoriesOf(commandWith(facts))).toEqual(categories);
  });
});

describe("the range of keys that clients without key specs go by", () => {
  const keyword: KeySpec = {
    flags: ["OW", "update"],
    begin: { keyword: "STORE", startFrom: 1 },
    find: { lastKey: 0, keyStep: 1, limit: 0 },
  };
  test.each<[string, readonly KeySpec[], [number, number, number, boolean]]>([
    ["no keys", NO_KEYS, [0, 0, 0, false]],
    ["one", oneKey("RO"), [1, 1, 1, false]],
    ["all arguments", [keysFrom(1, -1, 1, "RO")], [1, -1, 1, false]],
    ["every other argument", [keysFrom(1, -1, 2, "OW")], [1, -1, 2, false]],
    [
      "two, one behind the other",
      [keysFrom(1, 0, 1, "RW"), keysFrom(2, 0, 1, "OW")],
      [1, 2, 1, false],
    ],
    ["a counted number", [countedKeys(1, "RO")], [0, 0, 0, true]],
    ["one, and a counted number", [keysFrom(1, 0, 1, "OW"), countedKeys(2, "RO")], [1, 1, 1, true]],
    ["one, and one behind a keyword", [keysFrom(1, 0, 1, "RO"), keyword], [1, 1, 1, true]],
  ])("%s", (_, keys, [first, last, step, isPartial]) => {
    const command = commandWith({ keys });
    expect(keyRange(command)).toEqual({ first, last, step, isPartial });
    expect(flagsOf(command)).toEqual(isPartial ? ["movablekeys"] : []);
  });
});
