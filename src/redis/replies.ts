import type { ZMember } from "../structures/z-member.ts";
import { CacheError, show } from "../errors.ts";
import type { Reply } from "./port.ts";

/** A whole number, or its text. */
export function asCount(reply: Reply): number {
  if (typeof reply === "number" || typeof reply === "string") return Number(reply);
  throw unexpected("a number", reply);
}

/** The replies, none of which is an error: the first one that is is thrown. */
export function unlessFailed(replies: readonly Reply[]): readonly Reply[] {
  replies.forEach(raised);
  return replies;
}

/** The reply, unless it is an error: that is thrown. */
export function raised(reply: Reply): Reply {
  if (reply instanceof Error) throw reply;
  return reply;
}

/** An error as a reply; what is no `CacheError` is a bug, and stays an exception. */
export function asReply(error: unknown): Error {
  if (error instanceof CacheError) return error;
  throw error;
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

/** Whoever answers does not speak the protocol, or another one: it is as if nobody did. */
function unexpected(wanted: string, reply: Reply): CacheError {
  const cause = reply instanceof Error ? reply : new Error(`The reply is not ${wanted}`);
  return new CacheError(
    "CONNECTION_FAILED",
    `Cannot use the server: its reply must be ${wanted}: received ${shown(reply)}`,
    { cause },
  );
}

function shown(reply: Reply): string {
  if (Buffer.isBuffer(reply)) return show(reply.toString("latin1"));
  return Array.isArray(reply) ? "an array" : show(reply);
}
