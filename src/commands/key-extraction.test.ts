import { describe, expect, it } from "vitest";
import { type Command, countedKeys, type KeySpec, keysFrom, oneKey } from "./command.ts";
import { findKeys, hasKeys } from "./key-extraction.ts";

function command(keys: readonly KeySpec[], more: Partial<Command> = {}): Command {
  return {
    name: "x",
    arity: -1,
    group: "generic",
    flags: [],
    categories: [],
    keys,
    since: "1.0.0",
    summary: "",
    complexity: "O(1)",
    ...more,
  };
}

function keysOf(record: Command, line: string): string[] {
  const argv = line.split(" ");
  return findKeys(record, argv).map(({ at }) => argv[at] as string);
}

describe("the keys of a call", () => {
  it("are the one at an index", () => {
    expect(keysOf(command(oneKey("RO")), "get a b")).toEqual(["a"]);
  });

  it("are every second one up to the last argument", () => {
    expect(keysOf(command([keysFrom(1, -1, 2, "OW")]), "mset a 1 b 2")).toEqual(["a", "b"]);
  });

  it("leave the last argument out where the spec says so", () => {
    expect(keysOf(command([keysFrom(1, -2, 1, "RW")]), "bzpopmin a b 0")).toEqual(["a", "b"]);
  });

  it("are as many as an argument says, behind it", () => {
    const record = command([...oneKey("OW"), countedKeys(2, "RO")]);
    expect(keysOf(record, "zunionstore d 2 a b weights 1 2")).toEqual(["d", "a", "b"]);
  });

  it.each(["zunion 3 a b", "zunion x a", "zunion -1 a", "zunion 0 a"])(
    "are none where the count makes no sense: %s",
    (line) => {
      expect(keysOf(command([countedKeys(1, "RO")]), line)).toEqual([]);
    },
  );

  it("follow a keyword, in any case, wherever it stands", () => {
    const find = { lastKey: -1, keyStep: 1, limit: 2 };
    const record = command([{ flags: ["RO"], begin: { keyword: "STREAMS", startFrom: 1 }, find }]);
    expect(keysOf(record, "xread count 2 streams a b 0 0")).toEqual(["a", "b"]);
    expect(keysOf(record, "xread count 2")).toEqual([]);
  });

  it("are searched from the end where the spec begins there", () => {
    const find = { lastKey: -1, keyStep: 1, limit: 0 };
    const record = command([{ flags: ["RW"], begin: { keyword: "keys", startFrom: -2 }, find }]);
    expect(keysOf(record, "migrate h 1 x 0 KEYS a")).toEqual(["a"]);
  });

  it("are found by the command itself where its specs do not find all", () => {
    const own = command(
      [...oneKey("RO"), { flags: ["incomplete"], begin: { index: 0 }, find: { isUnknown: true } }],
      { findKeys: () => [{ at: 2, flags: ["OW"] }] },
    );
    expect(keysOf(own, "sort a b")).toEqual(["b"]);
  });

  it("do not include what only looks like a key", () => {
    expect(hasKeys(command(oneKey("not_key")))).toBe(false);
    expect(keysOf(command(oneKey("not_key")), "x a")).toEqual([]);
  });
});
