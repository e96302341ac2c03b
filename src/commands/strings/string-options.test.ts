import { describe, expect, test } from "vitest";
import { IN_MILLISECONDS } from "../deadline-argument.ts";
import { getExOptions, setOptions } from "./string-options.ts";

describe("the options of SET", () => {
  test("stand in any order and case", () => {
    const expected = {
      onlyIf: "absent",
      returnsFormer: true,
      keepsExpiry: false,
      persists: false,
      expiry: { form: IN_MILLISECONDS, text: "5" },
    };
    expect(setOptions(["SET", "k", "v", "NX", "Get", "px", "5"], 3)).toEqual(expected);
    expect(setOptions(["SET", "k", "v", "PX", "5", "get", "nx"], 3)).toEqual(expected);
  });

  test("may be repeated, and the last one counts", () => {
    const options = setOptions(["SET", "k", "v", "EX", "5", "ex", "6", "GET", "GET"], 3);
    expect(options.expiry?.text).toBe("6");
  });

  test.each([
    [["NX", "XX"]],
    [["XX", "nx"]],
    [["EX", "1", "PX", "1"]],
    [["EXAT", "1", "EX", "1"]],
    [["KEEPTTL", "PXAT", "1"]],
    [["EX", "1", "KEEPTTL"]],
    [["EX"]],
    [["PERSIST"]],
    [[""]],
    [["KEEPTTLL"]],
  ])("are wrong as %j", (given) => {
    expect(() => setOptions(["SET", "k", "v", ...given], 3)).toThrow("ERR syntax error");
  });
});

describe("the options of GETEX", () => {
  test("know PERSIST, and nothing that only SET knows", () => {
    expect(getExOptions(["GETEX", "k", "persist", "PERSIST"], 2).persists).toBe(true);
    for (const given of [["NX"], ["GET"], ["KEEPTTL"], ["PERSIST", "EX", "1"]]) {
      expect(() => getExOptions(["GETEX", "k", ...given], 2)).toThrow("ERR syntax error");
    }
  });
});
