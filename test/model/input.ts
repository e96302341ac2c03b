import type { Duration, ScoreBound } from "laurel";
import { refuseIf, Refusal } from "./refusal.ts";

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** A key or a member: a string without half a pair in it. */
export function checkName(name: string, code: "INVALID_KEY" | "INVALID_MEMBER"): void {
  refuseIf(typeof name !== "string" || Buffer.from(name).toString() !== name, code);
  refuseIf(code === "INVALID_KEY" && name === "", code);
}

/** A value as bytes, copied. */
export function toBytes(value: string | Uint8Array): Buffer {
  refuseIf(typeof value !== "string" && !(value instanceof Uint8Array), "INVALID_VALUE");
  refuseIf(typeof value === "string" && Buffer.from(value).toString() !== value, "INVALID_VALUE");
  return Buffer.from(value as string);
}

/** A duration in whole milliseconds, or Infinity. */
export function toMs(duration: Duration): number {
  if (typeof duration === "number") {
    refuseIf(!(duration > 0), "INVALID_TTL");
    return Math.ceil(duration);
  }
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|[smhdw])$/.exec(duration) ?? [];
  const ms = Number(amount) * (UNIT_MS[unit ?? ""] ?? Number.NaN);
  refuseIf(!(ms > 0), "INVALID_TTL");
  return Math.ceil(ms);
}

/** Any number but NaN. */
export function checkScore(score: number): void {
  refuseIf(typeof score !== "number" || Number.isNaN(score), "INVALID_SCORE");
}

/** A rank, an offset or a count. */
export function checkIndex(index: number): void {
  refuseIf(!Number.isInteger(index), "INVALID_RANGE");
}

/** An integer in Redis' spelling, inside the safe range. */
export function toCounter(text: string): number {
  refuseIf(!/^(0|-?[1-9][0-9]*)$/.test(text), "NOT_INTEGER");
  return checkSafe(Number(text));
}

/** A delta that can be added to a counter; whether the sum is safe shows later. */
export function checkDelta(delta: number): void {
  refuseIf(!Number.isInteger(delta), "NOT_INTEGER");
}

/** A count inside ±(2^53 − 1). */
export function checkSafe(count: number): number {
  refuseIf(!Number.isSafeInteger(count), "OVERFLOW");
  return count;
}

type Test<T> = (value: T) => boolean;

function toNumber(bound: number | string): number {
  if (typeof bound === "number") return bound;
  if (bound === "-inf") return Number.NEGATIVE_INFINITY;
  if (bound === "+inf") return Number.POSITIVE_INFINITY;
  return Number.NaN;
}

function parseScoreBound(bound: ScoreBound): { score: number; open: boolean } {
  const open = typeof bound === "string" && bound.startsWith("(");
  const rest = open ? bound.slice(1) : bound;
  const isNumber = open && /^-?(\d+(\.\d+)?(e[+-]\d+)?|Infinity)$/.test(String(rest));
  const score = isNumber ? Number(rest) : toNumber(rest);
  refuseIf(Number.isNaN(score), "INVALID_RANGE");
  return { score, open };
}

/** Whether a score lies within the bounds. */
export function withinScores(min: ScoreBound, max: ScoreBound): Test<number> {
  const low = parseScoreBound(min);
  const high = parseScoreBound(max);
  return (score) =>
    (low.open ? score > low.score : score >= low.score) &&
    (high.open ? score < high.score : score <= high.score);
}

/** The order of UTF-8 bytes. */
export function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** How the word `member` stands to the bound: below 0, at it, or above. */
function parseLexBound(bound: string): { compare: (member: string) => number; open: boolean } {
  if (bound === "-") return { compare: () => 1, open: true };
  if (bound === "+") return { compare: () => -1, open: true };
  const sign = bound.slice(0, 1);
  if (sign !== "[" && sign !== "(") throw new Refusal("INVALID_RANGE");
  return { compare: (member) => compareBytes(member, bound.slice(1)), open: sign === "(" };
}

/** Whether a word lies within the bounds. */
export function withinWords(min: string, max: string): Test<string> {
  const low = parseLexBound(min);
  const high = parseLexBound(max);
  return (member) =>
    (low.open ? low.compare(member) > 0 : low.compare(member) >= 0) &&
    (high.open ? high.compare(member) < 0 : high.compare(member) <= 0);
}
