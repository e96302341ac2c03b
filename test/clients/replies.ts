import type { ZMember } from "laurel";
import type { Reply } from "./port.ts";

/** A whole number, or its text. */
export function asCount(reply: Reply): number {
  if (typeof reply === "number" || typeof reply === "string") return Number(reply);
  throw unexpected("a number", reply);
}

/** The elements of an array. */
export function asList(reply: Reply): readonly Reply[] {
  if (Array.isArray(reply)) return reply as readonly Reply[];
  throw unexpected("an array", reply);
}

/** Bytes, or `undefined` for null. */
export function asBytes(reply: Reply): Buffer | undefined {
  if (reply === null) return undefined;
  if (Buffer.isBuffer(reply)) return reply;
  throw unexpected("bytes", reply);
}

/** The text of bytes. */
export function asText(reply: Reply): string {
  if (typeof reply === "string") return reply;
  if (Buffer.isBuffer(reply)) return reply.toString("utf8");
  throw unexpected("text", reply);
}

/** A score: a double in RESP3, its text in RESP2; `undefined` for null. */
export function asScore(reply: Reply): number | undefined {
  if (reply === null || typeof reply === "number") return reply ?? undefined;
  const text = asText(reply);
  if (text === "inf") return Infinity;
  return text === "-inf" ? -Infinity : Number(text);
}

/** Members with their scores: pairs in RESP3, one after the other in RESP2. */
export function asMembers(reply: Reply): ZMember[] {
  const list = asList(reply);
  const members: ZMember[] = [];
  if (Array.isArray(list[0])) {
    for (const pair of list) members.push(asMember(asList(pair)));
  } else {
    for (let i = 0; i < list.length; i += 2) members.push(asMember(list.slice(i, i + 2)));
  }
  return members;
}

/** A page of a scan: the next cursor and what it found. */
export function asPage(reply: Reply): [cursor: string, found: Reply] {
  const [cursor = null, found = null] = asList(reply);
  return [asText(cursor), found];
}

function asMember([member = null, score = null]: readonly Reply[]): ZMember {
  return { member: asText(member), score: asScore(score) ?? NaN };
}

function unexpected(wanted: string, reply: Reply): Error {
  return new Error(`The reply should be ${wanted}`, { cause: reply });
}
