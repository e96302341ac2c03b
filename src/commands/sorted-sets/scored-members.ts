import type { ReplyWriter } from "../../protocol/reply-writer.ts";
import type { ZMember } from "../../structures/z-member.ts";

/** The head of a reply of so many members: RESP2 has scores beside the members, RESP3 pairs. */
export function membersHead(reply: ReplyWriter, count: number, withScores: boolean): void {
  reply.array(withScores && reply.version === 2 ? count * 2 : count);
}

/** Replies members, whose head went before. */
export function writeMembers(
  reply: ReplyWriter,
  members: readonly ZMember[],
  withScores: boolean,
): void {
  if (!withScores) {
    for (let i = 0; i < members.length; i++) reply.bulk((members[i] as ZMember).member);
  } else if (reply.version === 2) writeFlat(reply, members);
  else writePairs(reply, members);
}

/** Replies each member, then its score. */
export function writeFlat(reply: ReplyWriter, members: readonly ZMember[]): void {
  for (let i = 0; i < members.length; i++) {
    const { member, score } = members[i] as ZMember;
    reply.bulk(member);
    reply.double(score);
  }
}

/** Replies each member with its score as an array of two. */
export function writePairs(reply: ReplyWriter, members: readonly ZMember[]): void {
  for (let i = 0; i < members.length; i++) {
    const { member, score } = members[i] as ZMember;
    reply.array(2);
    reply.bulk(member);
    reply.double(score);
  }
}
