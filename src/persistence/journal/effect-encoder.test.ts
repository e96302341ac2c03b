import { describe, expect, test } from "vitest";
import type { Effect } from "../../engine/effects.ts";
import { EffectEncoder } from "./effect-encoder.ts";

/** The commands that effects on database 0 take, words parted by spaces; SELECT is left out. */
function commandsOf(...effects: readonly Effect[]): string[] {
  const encoder = new EffectEncoder();
  for (const effect of effects) {
    encoder.encode(0, effect);
    encoder.endUnit();
  }
  return readCommands(encoder).slice(1);
}

function readCommands(encoder: EffectEncoder): string[] {
  const text = encoder.view().toString("latin1");
  const commands: string[] = [];
  for (let at = 0; at < text.length;) {
    const head = /^\*(\d+)\r\n/.exec(text.slice(at)) as RegExpExecArray;
    at += head[0].length;
    const words: string[] = [];
    for (let i = 0; i < Number(head[1]); i++) {
      const length = /^\$(\d+)\r\n/.exec(text.slice(at, at + 20)) as RegExpExecArray;
      const start = at + length[0].length;
      const end = start + Number(length[1]);
      words.push(text.slice(start, end));
      expect(text.slice(end, end + 2)).toBe("\r\n");
      at = end + 2;
    }
    commands.push(words.join(" "));
  }
  return commands;
}

const set = (key: string): Effect => ({ type: "set", key, value: "v", expiresAt: Infinity });

describe("an effect is written as the command that does it again:", () => {
  test.each<[Effect, string]>([
    [{ type: "set", key: "k", value: "\r\n\0\xff", expiresAt: Infinity }, "SET k \r\n\0\xff"],
    [{ type: "set", key: "", value: "", expiresAt: 5 }, "SET   PXAT 5"],
    [{ type: "set", key: "k", value: "v", expiresAt: 99.001 }, "SET k v PXAT 100"],
    [{ type: "set", key: "k", value: "v", expiresAt: 1e300 }, `SET k v PXAT ${2n ** 63n - 1n}`],
    [{ type: "append", key: "k", data: "more" }, "APPEND k more"],
    [{ type: "expire", key: "k", expiresAt: 1_763_930_000_000 }, "PEXPIREAT k 1763930000000"],
    [{ type: "expire", key: "k", expiresAt: Infinity }, "PERSIST k"],
    [{ type: "delete", key: "k", reason: "expired" }, "DEL k"],
    [{ type: "zrem", key: "k", members: ["a", "b"] }, "ZREM k a b"],
    [{ type: "clear" }, "FLUSHDB"],
  ])("%j", (effect, command) => {
    expect(commandsOf(effect)).toEqual([command]);
  });

  test.each<[number, string]>([
    [0, "0"],
    [-0, "-0"],
    [7, "7"],
    [-10, "-10"],
    [999_999_999, "999999999"],
    [1_000_000_000, "1000000000"],
    [2 ** 31 - 1, "2147483647"],
    [-(2 ** 31), "-2147483648"],
    [1_000_000_000_001, "1000000000001"],
    [2 ** 53 - 1, "9007199254740991"],
    [-(2 ** 53) + 1, "-9007199254740991"],
    [2 ** 53, "9007199254740992"],
    [0.1, "0.1"],
    [1e21, "1e+21"],
    [-5e-324, "-5e-324"],
    [Infinity, "inf"],
    [-Infinity, "-inf"],
  ])("the score %d as %s", (score, text) => {
    const member = "m".repeat(100);
    expect(commandsOf({ type: "zadd", key: "k", members: [{ member, score }] })).toEqual([
      `ZADD k ${text} ${member}`,
    ]);
    const members = [
      { member: "a", score },
      { member: "b", score },
    ];
    expect(commandsOf({ type: "zadd", key: "k", members })).toEqual([`ZADD k ${text} a ${text} b`]);
  });

  test("many members, a thousand to a command, and these in one unit", () => {
    const members = Array.from({ length: 2001 }, (_, score) => ({ member: `m${score}`, score }));
    const added = commandsOf({ type: "zadd", key: "k", members });
    expect(added.map((command) => command.split(" ").length)).toEqual([1, 2002, 2002, 4, 1]);
    expect([added.at(0), added.at(-1)]).toEqual(["MULTI", "EXEC"]);
    const names = members.map(({ member }) => member);
    const removed = commandsOf({ type: "zrem", key: "k", members: names });
    expect(removed.map((command) => command.split(" ").length)).toEqual([1, 1002, 1002, 3, 1]);
  });
});

describe("a unit", () => {
  test("of one command stands by itself, of more between MULTI and EXEC", () => {
    const encoder = new EffectEncoder();
    encoder.encode(0, set("a"));
    encoder.endUnit();
    encoder.encode(0, set("b"));
    encoder.encode(0, set("c"));
    encoder.swap(1, 2);
    encoder.endUnit();
    encoder.endUnit();
    encoder.encode(0, set("d"));
    encoder.endUnit();
    expect(readCommands(encoder)).toEqual(
      "SELECT 0;SET a v;MULTI;SET b v;SET c v;SWAPDB 1 2;EXEC;SET d v".split(";"),
    );
  });

  test("may go over databases", () => {
    const encoder = new EffectEncoder();
    encoder.encode(3, set("a"));
    encoder.encode(15, set("b"));
    encoder.endUnit();
    encoder.encode(15, set("c"));
    encoder.endUnit();
    encoder.reset();
    expect(encoder.length).toBe(0);
    encoder.encode(15, set("a"));
    expect(readCommands(encoder)).toEqual(["SELECT 15", "SET a v"]);
  });

  test("may grow beyond any buffer", () => {
    const encoder = new EffectEncoder();
    const long = "x".repeat(70_000);
    for (let i = 0; i < 40; i++) {
      encoder.encode(i % 2, { type: "append", key: "k", data: long });
    }
    encoder.endUnit();
    const commands = readCommands(encoder);
    expect(commands).toHaveLength(82);
    expect(commands.slice(0, 2)).toEqual(["SELECT 0", "MULTI"]);
    expect(commands.filter((command) => command === `APPEND k ${long}`)).toHaveLength(40);
  });
});

test("a checksum is a line of its own that can be taken back", () => {
  const encoder = new EffectEncoder();
  encoder.checksum(0x00ab_cdef);
  expect(encoder.view().toString("latin1")).toBe("#CRC32:00abcdef\r\n");
  const { length } = encoder;
  encoder.checksum(0xffff_ffff);
  expect(encoder.view().toString("latin1", length)).toBe("#CRC32:ffffffff\r\n");
  encoder.truncate(length);
  expect(encoder.length).toBe(17);
});
