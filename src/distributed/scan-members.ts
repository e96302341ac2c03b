import type { ZMember } from "../structures/z-member.ts";
import type { Coordinator } from "./coordinator.ts";
import { allOwnersFailed, closedMeanwhile, isNodeFailure } from "./failure.ts";
import type { Member } from "./member.ts";

/**
 * All members of a sorted set, from the owner that acts for it. Where that one fails, the next begins
 * anew; where the board was handed over meanwhile, its new owner does, since the old one may have given
 * it away before it had told all. Members may come twice then.
 * @throws {CacheError} `ALL_OWNERS_FAILED`, and `CLOSED` where the cache was closed before all were told
 */
export async function* scanMembers(
  { cluster, reader }: Coordinator,
  key: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<ZMember> {
  const { topology, locks } = cluster;
  // Behind the writes that were called before; the scan itself holds up nobody.
  const turn = locks.share([key]);
  if (turn !== undefined) await turn;
  locks.release(key);
  const tried: Member[] = [];
  const causes: unknown[] = [];
  for (;;) {
    // A scan has no turn that a close would wait for.
    if (cluster.isClosed) throw closedMeanwhile(causes.at(-1));
    const owners = topology.ownersOf(key);
    const member = cluster.choose(key, owners, tried);
    if (member === undefined) {
      throw allOwnersFailed(key, [...causes, ...cluster.reasons(owners, tried)]);
    }
    try {
      if (!(await reader.prepare(member, key, owners))) continue;
      yield* scanOne(member, key, signal);
      if (topology.ownersOf(key) === owners) return;
    } catch (error) {
      if (!isNodeFailure(error) || signal?.aborted === true) throw error;
      tried.push(member);
      causes.push(error);
    }
  }
}

async function* scanOne(
  member: Member,
  key: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<ZMember> {
  const listing = member.cache.zScan(key)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const step = await member.read(() => listing.next());
      if (step.done === true) return;
      yield step.value;
      signal?.throwIfAborted();
    }
  } finally {
    void listing.return?.()?.catch(() => {});
  }
}
