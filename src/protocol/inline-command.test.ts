import { describe, expect, test } from "vitest";
import { splitInlineCommand } from "./inline-command.ts";

describe("an inline command", () => {
  test.each([
    ["", []],
    [" \t\v\f\r ", []],
    ["PING", ["PING"]],
    ["  set  key\tvalue ", ["set", "key", "value"]],
    ["a\vb\fc d", ["a\vb\fc", "d"]],
    ["echo ''", ["echo", ""]],
    ['""', [""]],
    ['set k "a b"', ["set", "k", "a b"]],
    ["set k 'a b'", ["set", "k", "a b"]],
    [String.raw`"\n\r\t\b\a\\\"\q"`, ['\n\r\t\b\u0007\\"q']],
    [String.raw`"\x00\xfF\x4"`, ["\0\u00FFx4"]],
    [String.raw`"\xg0"`, ["xg0"]],
    [String.raw`'\n\x41\''`, [String.raw`\n\x41'`]],
    [`"it's" 'say "x"'`, ["it's", 'say "x"']],
    ['pre"fix ed" next', ["prefix ed", "next"]],
    [String.raw`back\slash`, [String.raw`back\slash`]],
    ["\u00E9\u00FF", ["\u00E9\u00FF"]],
  ])("%j has its words", (line, words) => {
    expect(splitInlineCommand(line)).toEqual(words);
  });

  test.each([
    '"',
    "'",
    'a "b',
    "a 'b",
    `"a'`,
    '"a"b',
    "'a'b",
    `""''`,
    '"a\\',
    String.raw`"a\"`,
    String.raw`'a\'`,
  ])("%j has a wrong quote", (line) => {
    expect(splitInlineCommand(line)).toBeUndefined();
  });
});
