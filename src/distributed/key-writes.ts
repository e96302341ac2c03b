import type { LeaderboardCache } from "../cache/leaderboard-contract.ts";
import type { ZMember } from "../structures/z-member.ts";
import { ABSENT, type Change, OTHER } from "./change.ts";
import type { Cluster } from "./cluster.ts";
import { isNodeFailure, notUsable } from "./failure.ts";
import { deadlineOf, type Lifetime } from "./inputs.ts";
import { deadlineOptions, readDeadline, readScores, readString } from "./key-state.ts";
import type { Member } from "./member.ts";
import type { Continuation } from "./time-limit.ts";
import type { KeyWrite } from "./writer.ts";

type Run<T> = (cache: LeaderboardCache) => Promise<T>;

/** `set`: what it leaves behind is known beforehand, but for the ttl that a node gives by itself. */
export class SetWrite implements KeyWrite<void> {
  readonly key: string;
  readonly isRelative = false;
  readonly isOneCall = true;
  readonly #cluster: Cluster;
  readonly #value: string | Uint8Array;
  readonly #lifetime: Lifetime | undefined;
  /** The same moment for all owners; NaN: the node decides, and is asked afterwards. */
  #expiresAt = Number.NaN;

  /** Without a lifetime the key gets the default ttl of the node that acts. */
  constructor(
    cluster: Cluster,
    key: string,
    value: string | Uint8Array,
    lifetime: Lifetime | undefined,
  ) {
    this.#cluster = cluster;
    this.key = key;
    this.#value = value;
    this.#lifetime = lifetime;
  }

  run(member: Member, after?: Continuation<void>): Promise<void> {
    this.#decideDeadline(member);
    if (Number.isNaN(this.#expiresAt)) {
      return member.write(this.key, (cache) => cache.set(this.key, this.#value), after);
    }
    const options = deadlineOptions(this.#cluster, member, this.#expiresAt);
    return options === undefined
      ? member.write(this.key, (cache) => cache.delete(this.key).then(nothing), after)
      : member.write(this.key, (cache) => cache.set(this.key, this.#value, options), after);
  }

  change(_: void, member: Member): Change | Promise<Change> {
    if (!Number.isNaN(this.#expiresAt)) return this.#changeUntil(this.#expiresAt);
    return readDeadline(this.#cluster, member, this.key).then((expiresAt) =>
      expiresAt === undefined ? ABSENT : this.#changeUntil(expiresAt),
    );
  }

  #decideDeadline(member: Member): void {
    if (this.#lifetime !== undefined) {
      if (!Number.isNaN(this.#expiresAt)) return;
      this.#expiresAt = deadlineOf(this.#lifetime, this.#cluster.now());
    } else if (member.defaultTtlMs === Infinity) this.#expiresAt = Infinity;
    else this.#expiresAt = this.#cluster.now() + (member.defaultTtlMs ?? Number.NaN);
  }

  #changeUntil(expiresAt: number): Change {
    return { type: "string", value: this.#value, expiresAt };
  }
}

function nothing(): void {}

/** `expire`: the deadline is the same moment for all owners. */
export class ExpireWrite implements KeyWrite<boolean> {
  readonly key: string;
  readonly isRelative = false;
  readonly isOneCall = true;
  readonly #cluster: Cluster;
  readonly #lifetime: Lifetime;
  #expiresAt = Number.NaN;

  constructor(cluster: Cluster, key: string, lifetime: Lifetime) {
    this.#cluster = cluster;
    this.key = key;
    this.#lifetime = lifetime;
  }

  run(member: Member, after?: Continuation<boolean>): Promise<boolean> {
    if (Number.isNaN(this.#expiresAt)) {
      this.#expiresAt = deadlineOf(this.#lifetime, this.#cluster.now());
    }
    const options = deadlineOptions(this.#cluster, member, this.#expiresAt);
    return options === undefined
      ? member.write(this.key, (cache) => cache.delete(this.key), after)
      : member.write(this.key, (cache) => cache.expire(this.key, options.ttl, options), after);
  }

  change(isThere: boolean): Change | undefined {
    return isThere ? { type: "expiry", expiresAt: this.#expiresAt } : undefined;
  }
}

/** `delete`: the other owners are told even where the first had nothing, as it may have evicted the key. */
export class DeleteWrite implements KeyWrite<boolean> {
  readonly key: string;
  readonly isRelative = false;
  readonly isOneCall = true;

  constructor(key: string) {
    this.key = key;
  }

  run(member: Member, after?: Continuation<boolean>): Promise<boolean> {
    return member.write(this.key, (cache) => cache.delete(this.key), after);
  }

  change(): Change {
    return ABSENT;
  }
}

/** A call that makes a string of the former one: the others are told the string that it left. */
export class StringWrite<T> implements KeyWrite<T> {
  readonly key: string;
  readonly isRelative = true;
  readonly isOneCall = true;
  readonly #cluster: Cluster;
  readonly #run: Run<T>;

  constructor(cluster: Cluster, key: string, run: Run<T>) {
    this.#cluster = cluster;
    this.key = key;
    this.#run = run;
  }

  run(member: Member, after?: Continuation<T>): Promise<T> {
    return member.write(this.key, this.#run, after);
  }

  change(_: T, member: Member): Promise<Change | undefined> {
    return readString(this.#cluster, member, this.key);
  }
}

/** Which members a call on a sorted set touched. */
export type Touched<T> = (result: T, before: readonly string[]) => readonly string[];

/** A call on a sorted set: the others are told the scores of what it touched. */
export class ScoresWrite<T> implements KeyWrite<T> {
  readonly key: string;
  readonly isRelative: boolean;
  readonly isOneCall: boolean;
  readonly #cluster: Cluster;
  readonly #run: Run<T>;
  readonly #touched: Touched<T>;
  readonly #find: Run<readonly string[]> | undefined;
  #before: readonly string[] = [];

  /** @param find what tells beforehand which members the call will touch, where its result does not */
  constructor(
    cluster: Cluster,
    key: string,
    isRelative: boolean,
    run: Run<T>,
    touched: Touched<T>,
    find?: Run<readonly string[]>,
  ) {
    this.#cluster = cluster;
    this.key = key;
    this.isRelative = isRelative;
    this.#run = run;
    this.#touched = touched;
    this.#find = find;
    this.isOneCall = find === undefined;
  }

  run(member: Member, after?: Continuation<T>): Promise<T> {
    if (this.#find === undefined) return member.write(this.key, this.#run, after);
    return this.#findAndRun(member, this.#find);
  }

  async #findAndRun(member: Member, find: Run<readonly string[]>): Promise<T> {
    try {
      this.#before = await member.read(find);
    } catch (error) {
      if (!isNodeFailure(error)) throw error;
      // Nothing was sent yet that changes anything.
      throw notUsable(member.id, "could not be read", error);
    }
    return member.write(this.key, this.#run);
  }

  change(result: T, member: Member): Promise<Change> | undefined {
    const touched = this.#touched(result, this.#before);
    if (touched.length === 0) return undefined;
    return readScores(this.#cluster, member, this.key, [...new Set(touched)]);
  }
}

/** A call that stores a combination of sorted sets under a key: the others are told all of it. */
export class StoreWrite implements KeyWrite<number> {
  readonly key: string;
  readonly also: readonly string[];
  readonly isRelative = true;
  readonly isOneCall = true;
  readonly #run: Run<number>;

  constructor(key: string, also: readonly string[], run: Run<number>) {
    this.key = key;
    this.also = also.filter((other) => other !== key);
    this.#run = run;
  }

  run(member: Member, after?: Continuation<number>): Promise<number> {
    return member.write(this.key, this.#run, after);
  }

  change(size: number): Change {
    return size === 0 ? ABSENT : OTHER;
  }
}

/** What `zMPop` answers. */
export type Popped = { key: string; members: ZMember[] } | undefined;

/** A call that pops from the first of several sorted sets that has members. */
export class PopWrite implements KeyWrite<Popped> {
  readonly key: string;
  readonly also: readonly string[];
  readonly isRelative = true;
  readonly isOneCall = true;
  readonly #cluster: Cluster;
  readonly #run: Run<Popped>;

  constructor(cluster: Cluster, keys: readonly string[], run: Run<Popped>) {
    this.#cluster = cluster;
    this.key = keys[0] as string;
    this.also = keys.slice(1);
    this.#run = run;
  }

  run(member: Member, after?: Continuation<Popped>): Promise<Popped> {
    // Which of the keys it changes is known afterwards only.
    return member.write(null, this.#run, after);
  }

  changedKey(result: Popped): string {
    return result?.key ?? this.key;
  }

  change(result: Popped, member: Member): Promise<Change> | undefined {
    if (result === undefined) return undefined;
    const members = result.members.map((entry) => entry.member);
    return readScores(this.#cluster, member, result.key, members);
  }
}
