import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileGlob } from "./glob.ts";

/**
 * The same language by plain recursion, a try at every length for each `*`: slow, and easily seen
 * to be right.
 */
function matchesSlowly(pattern: string, text: string): boolean {
  if (pattern === "") return text === "";
  const rest = pattern.slice(1);
  if (pattern.startsWith("*")) {
    return matchesSlowly(rest, text) || (text !== "" && matchesSlowly(pattern, text.slice(1)));
  }
  if (text === "") return false;
  const tail = text.slice(1);
  const first = text.charAt(0);
  if (pattern.startsWith("?")) return matchesSlowly(rest, tail);
  if (pattern.startsWith("[")) {
    const [holds, after] = readClassSlowly(rest);
    return holds(first) && matchesSlowly(after, tail);
  }
  if (pattern.startsWith("\\") && rest !== "") {
    return rest.startsWith(first) && matchesSlowly(rest.slice(1), tail);
  }
  return pattern.startsWith(first) && matchesSlowly(rest, tail);
}

/** Whether a byte is of the class, and the pattern behind it. */
function readClassSlowly(source: string): [holds: (byte: string) => boolean, after: string] {
  const isNegated = source.startsWith("^");
  let rest = isNegated ? source.slice(1) : source;
  const ranges: [low: string, high: string][] = [];
  while (rest !== "" && !rest.startsWith("]")) {
    const [, escaped] = /^\\(.)/s.exec(rest) ?? [];
    const [, from, to] = /^(.)-(.)/s.exec(rest) ?? [];
    if (escaped !== undefined) {
      ranges.push([escaped, escaped]);
      rest = rest.slice(2);
    } else if (from !== undefined && to !== undefined) {
      ranges.push(from <= to ? [from, to] : [to, from]);
      rest = rest.slice(3);
    } else {
      ranges.push([rest.charAt(0), rest.charAt(0)]);
      rest = rest.slice(1);
    }
  }
  const holds = (byte: string): boolean =>
    ranges.some(([low, high]) => low <= byte && byte <= high);
  return [(byte) => holds(byte) !== isNegated, rest.slice(1)];
}

describe("a glob pattern", () => {
  const table: readonly [pattern: string, matched: string[], others: string[]][] = [
    ["", [""], ["a"]],
    ["abc", ["abc"], ["ab", "abcd", "ABC", ""]],
    ["*", ["", "a", "any thing", "\0\n\xff"], []],
    ["**", ["", "abc"], []],
    ["a*", ["a", "abc"], ["", "ba"]],
    ["*a", ["a", "bca"], ["", "ab"]],
    ["a*c", ["ac", "abc", "acc", "a*c"], ["abcd", "a"]],
    ["*a*b*", ["ab", "xaxbx"], ["ba", "a"]],
    ["?", ["a", "\n", "\xff"], ["", "ab"]],
    ["h?llo", ["hello", "hallo", "h?llo"], ["hllo", "heello"]],
    ["?*?", ["ab", "abc"], ["a", ""]],
    ["h[ae]llo", ["hello", "hallo"], ["hillo", "hllo", "haello"]],
    ["h[^e]llo", ["hallo", "h^llo"], ["hello", "hllo"]],
    ["h[a-b]llo", ["hallo", "hbllo"], ["hcllo", "h-llo"]],
    ["[a-cx-z]", ["a", "b", "c", "x", "y", "z"], ["d", "w", "-"]],
    ["[^a-c]", ["d", "-", "^"], ["a", "b", "c", ""]],
    ["[a^]", ["a", "^"], ["b"]],
    // A range backwards is read forwards.
    ["[c-a]", ["a", "b", "c"], ["d", "-"]],
    ["[a-a]", ["a"], ["-", "b"]],
    // A dash at either end is a dash, unless a "]" can end its range.
    ["[-a]", ["-", "a"], ["b"]],
    ["[a-", ["a", "-"], ["b", "a-"]],
    ["[a-]", ["a", "]", "^", "_"], ["-", "b", "a]"]],
    ["[--0]", ["-", ".", "/", "0"], [",", "1"]],
    // An empty class holds nothing, and its negation everything.
    ["[]", [], ["", "]", "a", "[]"]],
    ["[]a]", [], ["]", "a", "a]", "]a]"]],
    ["[^]", ["a", "]", "^"], ["", "ab"]],
    ["[^]a", ["xa", "]a"], ["a", "x"]],
    // A class that is not closed ends with the pattern.
    ["[", [], ["", "[", "a"]],
    ["[^", ["a", "[", "^"], ["", "ab"]],
    ["[ab", ["a", "b"], ["[ab", "ab", ""]],
    ["x[ab", ["xa", "xb"], ["x", "x[ab"]],
    ["[^ab", ["c"], ["a", "b", ""]],
    ["[a\\", ["a", "\\"], ["b"]],
    // A backslash takes what follows as it is; at the end it is itself.
    [String.raw`\*`, ["*"], ["a", "", String.raw`\*`]],
    [String.raw`h\?llo`, ["h?llo"], ["hello"]],
    [String.raw`\[a]`, ["[a]"], ["a"]],
    [String.raw`\\`, ["\\"], [String.raw`\\`, ""]],
    [String.raw`\a`, ["a"], [String.raw`\a`]],
    ["a\\", ["a\\"], ["a"]],
    ["\\", ["\\"], [""]],
    [String.raw`[\]]`, ["]"], ["\\", "a"]],
    [String.raw`[\^a]`, ["^", "a"], ["b", "\\"]],
    [String.raw`[a\-c]`, ["a", "-", "c"], ["b", "\\"]],
    [String.raw`[^\\]`, ["a"], ["\\"]],
    // Within a class stars and question marks are themselves.
    ["[*?]", ["*", "?"], ["a", ""]],
    ["]", ["]"], ["a"]],
    // Bytes, not chars: the UTF-8 of one "é" is two.
    ["?", ["\xe9"], ["\xc3\xa9"]],
    ["[\x80-\xff]", ["\x80", "\xff"], ["\x7f"]],
    ["\0*", ["\0", "\0a"], ["a"]],
  ];
  test.each(table)("%j matches %j and not %j", (pattern, matched, others) => {
    const matches = compileGlob(pattern);
    expect([...matched, ...others].filter(matches)).toEqual(matched);
  });

  test("matches what a plain recursion matches", () => {
    const pattern = fc.string({
      unit: fc.constantFrom("a", "b", "c", "*", "?", "[", "]", "^", "-", "\\"),
      maxLength: 10,
    });
    const text = fc.string({ unit: fc.constantFrom("a", "b", "c", "-", "]", "\\"), maxLength: 8 });
    fc.assert(
      fc.property(pattern, text, (pattern, text) => {
        expect(compileGlob(pattern)(text)).toBe(matchesSlowly(pattern, text));
      }),
      { numRuns: 5000 },
    );
  });

  test("made of any text by escaping each char matches that text alone", () => {
    const text = fc.string({ unit: "binary-ascii" });
    fc.assert(
      fc.property(text, text, (text, other) => {
        const matches = compileGlob(text.replaceAll(/./gs, String.raw`\$&`));
        expect(matches(text)).toBe(true);
        expect(matches(other)).toBe(other === text);
      }),
    );
  });

  test("takes at most pattern times text steps, however many stars it has", () => {
    let steps = 0;
    // A text whose bytes are counted as they are read.
    const counting = (text: string): string =>
      ({
        length: text.length,
        charCodeAt: (at: number): number => {
          steps++;
          return text.charCodeAt(at);
        },
      }) as unknown as string;
    const pattern = `${"a*".repeat(50)}b`;
    expect(compileGlob(pattern)(counting("a".repeat(5000)))).toBe(false);
    expect(steps).toBeGreaterThan(0);
    expect(steps).toBeLessThanOrEqual(pattern.length * 5000);
  });

  test("answers for a star against every byte of a long text", () => {
    const text = "a".repeat(100_000);
    expect(compileGlob(`${"a*".repeat(30)}b`)(text)).toBe(false);
    expect(compileGlob(`${"*a".repeat(30)}*`)(text)).toBe(true);
  });

  test("can be asked again and again", () => {
    const matches = compileGlob("a*[bc]?");
    const texts = ["abx", "a", "abcd", "acbx", ""];
    expect(texts.map(matches)).toEqual(texts.map(matches));
    expect(texts.map(matches)).toEqual([true, false, true, true, false]);
  });
});
