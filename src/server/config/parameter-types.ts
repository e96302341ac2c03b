import { parseDouble, parseInteger } from "../../protocol/number-text.ts";
import { ParameterError, type ParameterType } from "./parameter.ts";

export const INT_MAX = 2 ** 31 - 1;
export const UINT_MAX = 2 ** 32 - 1;
/** The largest 64-bit integers, as near as a double comes to them. */
export const INT64_MAX = 2 ** 63;
export const UINT64_MAX = 2 ** 64;

/** `yes` or `no`, in any case. */
export const boolean: ParameterType<boolean> = {
  kind: "boolean",
  takesWords: false,
  parse([word = ""]) {
    const answer = word.toLowerCase();
    if (answer !== "yes" && answer !== "no") {
      throw new ParameterError("argument must be 'yes' or 'no'");
    }
    return answer === "yes";
  },
  format: (value) => (value ? "yes" : "no"),
};

/** Any text of one word. */
export const text: ParameterType<string> = {
  kind: "text",
  takesWords: false,
  parse: ([word = ""]) => word,
  format: (value) => value,
};

/** An integer between two others, both included. */
export function integer(min: number, max: number): ParameterType<number> {
  return {
    kind: "number",
    takesWords: false,
    parse([word = ""]) {
      const value = parseInteger(word);
      if (value === undefined) {
        throw new ParameterError("argument couldn't be parsed into an integer");
      }
      return within(value, min, max);
    },
    format: spellInteger,
  };
}

/** An octal number, as the permissions of a file. */
export function octal(max: number): ParameterType<number> {
  return {
    kind: "text",
    takesWords: false,
    parse([word = ""]) {
      if (!/^[0-7]+$/.test(word)) {
        throw new ParameterError("argument couldn't be parsed as an octal number");
      }
      const value = Number.parseInt(word, 8);
      if (value <= max) return value;
      throw new ParameterError(`argument must be between 0 and ${max.toString(8)} inclusive`);
    },
    format: (value) => value.toString(8),
  };
}

const UNIT_BYTES = new Map([
  ["", 1],
  ["b", 1],
  ["k", 1000],
  ["kb", 1024],
  ["m", 1000 ** 2],
  ["mb", 1024 ** 2],
  ["g", 1000 ** 3],
  ["gb", 1024 ** 3],
]);

/** Bytes, with a unit or without: `1000`, `64kb`, `256mb`, `1g`. */
export function memory(min: number, max: number): ParameterType<number> {
  return {
    kind: "text",
    takesWords: false,
    parse([word = ""]) {
      const bytes = parseBytes(word);
      if (bytes === undefined) throw new ParameterError("argument must be a memory value");
      return within(bytes, min, max);
    },
    format: spellInteger,
  };
}

/** Bytes, or a share of `maxmemory` (`5%`), which is held as a negative number. */
export const memoryOrPercent: ParameterType<number> = {
  kind: "text",
  takesWords: false,
  parse([word = ""]) {
    const bytes = parseBytes(word);
    if (bytes !== undefined) return bytes;
    const percent = /^\d+%$/.test(word) ? Number(word.slice(0, -1)) : undefined;
    if (percent === undefined) {
      throw new ParameterError("argument must be a memory or percent value");
    }
    if (percent > 100) throw new ParameterError("percentage argument must be less or equal to 100");
    return percent === 0 ? 0 : -percent;
  },
  format: (value) => (value < 0 ? `${-value}%` : String(value)),
};

/** One of some names, in any case. */
export function choice<Name extends string>(...names: readonly Name[]): ParameterType<Name> {
  return {
    kind: "text",
    takesWords: false,
    parse: ([word = ""]) => chosen(word, names),
    format: (value) => value,
  };
}

/** Several of some names, in any order. */
export function choices(...names: readonly string[]): ParameterType<readonly string[]> {
  return {
    kind: "text",
    takesWords: true,
    parse(words) {
      const all = new Set(words.map((word) => chosen(word, names)));
      return names.filter((name) => all.has(name));
    },
    format: (value) => value.join(" "),
  };
}

/** Several words, or none by an empty one. */
export function words(countMax: number, otherwise: string): ParameterType<readonly string[]> {
  return {
    kind: "text",
    takesWords: true,
    parse(given) {
      if (given.length > countMax) throw new ParameterError(otherwise);
      return given.length === 1 && given[0] === "" ? [] : [...given];
    },
    format: (value) => value.join(" "),
  };
}

/** Percentiles between 0 and 100. */
export const percentiles: ParameterType<readonly number[]> = {
  kind: "text",
  takesWords: true,
  parse(given) {
    if (given.length === 1 && given[0] === "") return [];
    return given.map((word) => {
      const value = parseDouble(word);
      if (value === undefined) {
        throw new ParameterError("Invalid latency-tracking-info-percentiles parameters");
      }
      if (value >= 0 && value <= 100) return value;
      throw new ParameterError(
        "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]",
      );
    });
  },
  format: (value) => value.map((percentile) => spellFraction(percentile)).join(" "),
};

/** A number with at most six digits behind the point, without the zeros at its end. */
export function spellFraction(value: number): string {
  return String(Number(value.toFixed(6)));
}

/** Bytes with a unit or without; `undefined` for what spells none. */
function parseBytes(word: string): number | undefined {
  const match = /^(\d*)([a-z]*)$/i.exec(word);
  const unit = UNIT_BYTES.get((match?.[2] ?? "?").toLowerCase());
  if (match === null || unit === undefined) return undefined;
  return Number(match[1]) * unit;
}

function chosen<Name extends string>(word: string, names: readonly Name[]): Name {
  const name = names.find((candidate) => candidate === word.toLowerCase());
  if (name !== undefined) return name;
  throw new ParameterError(`argument(s) must be one of the following: ${names.join(", ")}`);
}

function within(value: number, min: number, max: number): number {
  if (value >= min && value <= max) return value;
  throw new ParameterError(
    `argument must be between ${spellInteger(min)} and ${spellInteger(max)} inclusive`,
  );
}

/** A whole number as digits; the largest ones as what they stand for. */
function spellInteger(value: number): string {
  if (value >= UINT64_MAX) return "18446744073709551615";
  if (value === INT64_MAX) return "9223372036854775807";
  return Number.isSafeInteger(value) ? String(value) : String(BigInt(value));
}
