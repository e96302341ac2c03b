import { CacheError } from "../errors.ts";
import type { KeyState, SortedSetState } from "../cache/state-transfer.ts";
import { ABSENT, type Change, isWhole, type ScoresChange } from "./change.ts";
import type { Cluster } from "./cluster.ts";
import { notUsable } from "./failure.ts";
import type { Member } from "./member.ts";

/**
 * The state of keys as nodes hold it: read from one, told to another. Where a cache offers to
 * transfer state, that is used: one atomic call, with the deadline as it is. Any other cache is
 * served by the calls of its contract; the key is dirty for a node all the while, so nobody sees it half written.
 *
 * Deadlines are by the coordinator's clock here, and by the node's own in every call to it.
 */

/** Members of a sorted set that one call of the contract reads. */
const CHUNK_MEMBERS = 1000;
/** How often a copy begins anew because the key changed meanwhile, although nobody was to write it. */
const COPY_ATTEMPTS = 5;
/** Most sets have no ttl. */
const NEVER = Object.freeze({ ttl: Infinity });

/** The failure of a node that was read from, not of the one that was to be told. */
export class SourceFailure extends Error {
  constructor(cause: unknown) {
    super("the node that was read from failed", { cause });
  }
}

/** Options that give a key this deadline, on a node. Undefined: it is over. */
export function deadlineOptions(
  cluster: Cluster,
  member: Member,
  expiresAt: number,
): { ttl: number; expiresAt?: number } | undefined {
  if (expiresAt === Infinity) return NEVER;
  const ttl = expiresAt - cluster.now();
  return ttl > 0 ? { ttl, expiresAt: expiresAt + member.clockOffsetMs } : undefined;
}

/** Tells a node a change, which it may be told again. What it answers, {@link hasFollowed} understands. */
export function tell(
  cluster: Cluster,
  member: Member,
  key: string,
  change: Change,
): Promise<unknown> {
  switch (change.type) {
    case "other":
      return Promise.resolve(false);
    case "absent":
      return member.write(key, (cache) => cache.delete(key));
    case "scores":
      return isWhole(change)
        ? tellAllScores(cluster, member, key, change)
        : tellScores(cluster, member, key, change);
    case "expiry": {
      const options = deadlineOptions(cluster, member, change.expiresAt);
      return options === undefined
        ? member.write(key, (cache) => cache.delete(key)).then(() => true)
        : member.write(key, (cache) => cache.expire(key, options.ttl, options));
    }
    default: {
      const options = deadlineOptions(cluster, member, change.expiresAt);
      return options === undefined
        ? member.write(key, (cache) => cache.delete(key))
        : member.write(key, (cache) => cache.set(key, change.value, options));
    }
  }
}

/** Whether a node that was told a change has the key now; if not, it had not what the change builds on. */
export function hasFollowed(change: Change, answer: unknown): boolean {
  return change.type === "string" || change.type === "absent" || answer === true;
}

/** Scores of all members that there are replace whatever the node had. */
async function tellAllScores(
  cluster: Cluster,
  member: Member,
  key: string,
  change: ScoresChange,
): Promise<boolean> {
  if (await tellScores(cluster, member, key, change)) return true;
  await member.write(key, (cache) => cache.delete(key));
  return tellScores(cluster, member, key, change);
}

async function tellScores(
  cluster: Cluster,
  member: Member,
  key: string,
  { scores, size, expiresAt }: ScoresChange,
): Promise<boolean> {
  const { transfer } = member;
  if (transfer !== undefined) {
    const deadline = expiresAt + member.clockOffsetMs;
    const state = {
      scores: [...scores.values()],
      size,
      expiresAt: deadline,
      readAt: cluster.now() + member.clockOffsetMs,
    };
    return member.write(key, () => transfer.writeScores(key, [...scores.keys()], state));
  }
  const present: { member: string; score: number }[] = [];
  const absent: string[] = [];
  for (const [name, score] of scores) {
    if (score === undefined) absent.push(name);
    else present.push({ member: name, score });
  }
  const options = deadlineOptions(cluster, member, expiresAt);
  if (options === undefined) {
    await member.write(key, (cache) => cache.delete(key));
    return true;
  }
  if (absent.length > 0) await member.write(key, (cache) => cache.zRem(key, absent));
  if (present.length > 0) await member.write(key, (cache) => cache.zAdd(key, present));
  if (size > 0) await member.write(key, (cache) => cache.expire(key, options.ttl));
  return (await member.read((cache) => cache.zCard(key))) === size;
}

/** What a node has of some members of a sorted set, as a change for others. */
export async function readScores(
  cluster: Cluster,
  member: Member,
  key: string,
  members: readonly string[],
): Promise<Change> {
  const { transfer } = member;
  if (transfer !== undefined) {
    const state = await member.read(() => transfer.readScores(key, members));
    if (state === undefined) return ABSENT;
    const scores = new Map(members.map((name, i) => [name, state.scores[i]]));
    return {
      type: "scores",
      scores,
      size: state.size,
      expiresAt: state.expiresAt - member.clockOffsetMs,
    };
  }
  const expiresAt = await readDeadline(cluster, member, key);
  if (expiresAt === undefined) return ABSENT;
  const found = await member.read((cache) => cache.zMScore(key, members));
  const size = await member.read((cache) => cache.zCard(key));
  const scores = new Map(members.map((name, i) => [name, found[i]]));
  return size === 0 ? ABSENT : { type: "scores", scores, size, expiresAt };
}

/** When a key goes, by the coordinator's clock; `undefined`: no such key. */
export async function readDeadline(
  cluster: Cluster,
  member: Member,
  key: string,
): Promise<number | undefined> {
  const ttl = await member.read((cache) => cache.ttl(key));
  return ttl === undefined ? undefined : ttl === Infinity ? Infinity : cluster.now() + ttl;
}

/** What a node has of a string, as a change for others; `undefined` where it is a sorted set. */
export async function readString(
  cluster: Cluster,
  member: Member,
  key: string,
): Promise<Change | undefined> {
  const state = await readState(cluster, member, key, 0);
  if (state === undefined) return ABSENT;
  if (state.type !== "string") return undefined;
  return { type: "string", value: state.value, expiresAt: state.expiresAt };
}

/** A chunk of what a node has of a key, its deadline by the coordinator's clock. */
export async function readState(
  cluster: Cluster,
  member: Member,
  key: string,
  cursor: number,
): Promise<KeyState | undefined> {
  const { transfer } = member;
  if (transfer !== undefined) {
    const state = await member.read(() => transfer.readState(key, { cursor }));
    if (state === undefined || member.clockOffsetMs === 0) return state;
    return { ...state, expiresAt: state.expiresAt - member.clockOffsetMs };
  }
  const expiresAt = await readDeadline(cluster, member, key);
  if (expiresAt === undefined) return undefined;
  const readAt = cluster.now();
  try {
    const value = await member.read((cache) => cache.get(key));
    return value === undefined ? undefined : { type: "string", value, expiresAt, readAt };
  } catch (error) {
    if (!(error instanceof CacheError) || error.code !== "WRONG_TYPE") throw error;
  }
  const size = await member.read((cache) => cache.zCard(key));
  const end = cursor + CHUNK_MEMBERS;
  const members = await member.read((cache) => cache.zRange(key, cursor, end - 1));
  const next = end < size ? end : 0;
  return { type: "sorted-set", members, size, expiresAt, readAt, version: 0, cursor: next };
}

/** Writes a chunk of a key's state to a node; the last one puts the key in place. */
async function writeState(
  cluster: Cluster,
  member: Member,
  key: string,
  state: KeyState,
  isFirst: boolean,
  transferId: string,
): Promise<void> {
  const { transfer } = member;
  if (transfer !== undefined) {
    const offset = member.clockOffsetMs;
    const turned = offset === 0 ? state : { ...state, expiresAt: state.expiresAt + offset };
    await member.write(key, () => transfer.writeState(key, turned, { transfer: transferId }));
    return;
  }
  const options = deadlineOptions(cluster, member, state.expiresAt);
  if (options === undefined) {
    await member.write(key, (cache) => cache.delete(key));
  } else if (state.type === "string") {
    await member.write(key, (cache) => cache.set(key, state.value, options));
  } else {
    if (isFirst) await member.write(key, (cache) => cache.delete(key));
    await member.write(key, (cache) => cache.zAdd(key, state.members));
    if (state.cursor === 0) await member.write(key, (cache) => cache.expire(key, options.ttl));
  }
}

/** Options of {@link copyKey}. */
interface CopyOptions {
  /** How often the source had restarted when it was known to have the key. Default: as of now. */
  readonly restarts?: number;
  /** Is called between chunks, and waited for. */
  readonly breathe?: (() => Promise<void> | undefined) | undefined;
}

/**
 * Makes a node hold of a key what another one does, chunk by chunk, and removes it where the other
 * has no such key. The key's turn is the caller's.
 * @returns the bytes that the key and its value have; -1: there is no such key
 * @throws {SourceFailure} where the failure is of the node that was read from
 */
export async function copyKey(
  cluster: Cluster,
  key: string,
  from: Member,
  to: Member,
  { restarts = from.restarts, breathe }: CopyOptions = {},
): Promise<number> {
  for (let attempt = 0; attempt < COPY_ATTEMPTS; attempt++) {
    const bytes = await copyOnce(cluster, key, from, to, restarts, breathe);
    if (bytes !== undefined) return bytes;
  }
  throw new SourceFailure(
    new CacheError(
      "NODE_UNHEALTHY",
      `Cannot copy a key from node ${from.id}: it must not be changed meanwhile: it was, ` +
        `${COPY_ATTEMPTS} times`,
    ),
  );
}

/** @returns `undefined` where the key changed meanwhile */
async function copyOnce(
  cluster: Cluster,
  key: string,
  from: Member,
  to: Member,
  restarts: number,
  breathe: (() => Promise<void> | undefined) | undefined,
): Promise<number | undefined> {
  const state = await readFrom(cluster, from, key, 0, restarts);
  if (state !== undefined) return copyOn(cluster, key, state, from, to, { restarts, breathe });
  await to.write(key, (cache) => cache.delete(key));
  return -1;
}

/**
 * Makes a node hold what was read of a key on another one, and what follows where that was the first of
 * several chunks. @returns as {@link copyKey}; `undefined` where the key changed meanwhile
 */
export async function copyOn(
  cluster: Cluster,
  key: string,
  first: KeyState,
  from: Member,
  to: Member,
  { restarts = from.restarts, breathe }: CopyOptions = {},
): Promise<number | undefined> {
  let state = first;
  const transferId = cluster.nextTransferId();
  if (isPart(state)) cluster.lanes.narrow();
  await writeState(cluster, to, key, state, true, transferId);
  let bytes = key.length + bytesOf(state);
  while (isPart(state)) {
    const pause = breathe?.();
    if (pause !== undefined) await pause;
    const next = await readFrom(cluster, from, key, state.cursor, restarts);
    if (next === undefined || next.type !== state.type || next.version !== state.version) {
      return undefined;
    }
    state = next;
    await writeState(cluster, to, key, state, false, transferId);
    bytes += bytesOf(state);
  }
  return bytes;
}

/** Whether more chunks follow. */
export function isPart(state: KeyState): state is SortedSetState {
  return state.type === "sorted-set" && state.cursor !== 0;
}

async function readFrom(
  cluster: Cluster,
  from: Member,
  key: string,
  cursor: number,
  restarts: number,
): Promise<KeyState | undefined> {
  try {
    if (!from.isTrusted) await cluster.trust(from);
    const state = await readState(cluster, from, key, cursor);
    if (from.restarts === restarts) return state;
  } catch (error) {
    throw new SourceFailure(error);
  }
  throw new SourceFailure(notUsable(from.id, "restarted"));
}

const SCORE_BYTES = 8;

/** What the value of a state has, in bytes. */
export function bytesOf(state: KeyState): number {
  if (state.type === "string") return state.value.length;
  return state.members.reduce((sum, { member }) => sum + member.length + SCORE_BYTES, 0);
}
