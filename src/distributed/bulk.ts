import { ABSENT } from "./change.ts";
import type { Cluster } from "./cluster.ts";
import { isNodeFailure, isPartialWrite, partialWrite } from "./failure.ts";
import { deadlineOptions } from "./key-state.ts";
import { DeleteWrite, SetWrite } from "./key-writes.ts";
import { deadlineOf, type Lifetime } from "./inputs.ts";
import type { Member } from "./member.ts";
import type { Reader } from "./reader.ts";
import type { KeyWrite, Writer } from "./writer.ts";
import type { Owners } from "./topology.ts";

type Pair = readonly [key: string, value: string | Uint8Array];

/** What became of a call for many keys, over all groups. */
interface Outcome {
  /** Keys that were there, of those deleted. */
  count: number;
  readonly applied: Set<string>;
  readonly failed: Set<string>;
  readonly errors: unknown[];
}

/**
 * Calls for many keys: grouped by owners, each group in one call to the owner that acts, all groups
 * at once. A group that is not in plain order (an owner that fails, a key that is dirty) goes key by key,
 * as if each had been called alone.
 */
export class Bulk {
  readonly #cluster: Cluster;
  readonly #reader: Reader;
  readonly #writer: Writer;

  constructor(cluster: Cluster, reader: Reader, writer: Writer) {
    this.#cluster = cluster;
    this.#reader = reader;
    this.#writer = writer;
  }

  /** The values of keys, in order. */
  async get(keys: readonly string[]): Promise<(Buffer | undefined)[]> {
    const { topology, locks } = this.#cluster;
    const values: (Buffer | undefined)[] = Array.from({ length: keys.length });
    const alone: Promise<void>[] = [];
    const getAlone = async (at: number): Promise<void> => {
      const key = keys[at] as string;
      const [value] = await this.#reader.read(key, (cache) => cache.getMany([key]));
      values[at] = value;
    };
    const groups = new Map<Member, number[]>();
    for (const [at, key] of keys.entries()) {
      const { primary } = topology.ownersOf(key);
      const isPlain = primary.isClearFor(key) && !this.#cluster.hasDisputes && locks.isFree(key);
      if (!isPlain) alone.push(getAlone(at));
      else pushTo(groups, primary, at);
    }
    const { epoch } = topology;
    const together = Array.from(groups, async ([member, indexes]) => {
      try {
        const asked = indexes.map((at) => keys[at] as string);
        const found = await member.read((cache) => cache.getMany(asked));
        for (const [i, at] of indexes.entries()) values[at] = found[i];
        if (epoch === topology.epoch) return;
      } catch (error) {
        if (!isNodeFailure(error)) throw error;
      }
      // One after the other, with all that may be needed to get an answer.
      await Promise.all(indexes.map(getAlone));
    });
    await Promise.all([...together, ...alone]);
    return values;
  }

  /** Sets all pairs, a key given twice in order. @throws {CacheError} `PARTIAL_WRITE` and what one set throws */
  async set(
    pairs: readonly Pair[],
    lifetime: Lifetime | undefined,
    signal?: AbortSignal,
  ): Promise<void> {
    const lasting = new Map(pairs);
    const expiresAt =
      lifetime === undefined ? undefined : deadlineOf(lifetime, this.#cluster.now());
    await this.#inGroups([...lasting.keys()], signal, (owners, keys, outcome) => {
      const group = keys.map((key): Pair => [key, lasting.get(key) as string]);
      const alone = (key: string): KeyWrite<unknown> =>
        new SetWrite(this.#cluster, key, lasting.get(key) as string, lifetime);
      const acting = owners.primary;
      const deadline = expiresAt ?? this.#defaultDeadline(acting);
      const isOver = deadline !== undefined && deadline <= this.#cluster.now();
      if (deadline === undefined || isOver) return this.#oneByOne(keys, alone, outcome);
      return this.#together(owners, keys, alone, outcome, {
        run: async (member) => {
          const options = deadlineOptions(this.#cluster, member, deadline) ?? { ttl: 1 };
          await member.write(null, (cache) => cache.setMany(group, options));
          return 0;
        },
        tell: (key) =>
          this.#writer.tell(
            key,
            owners,
            { type: "string", value: lasting.get(key) as string, expiresAt: deadline },
            acting,
            [],
          ),
      });
    });
  }

  /** Deletes keys; how many were there. */
  async delete(keys: readonly string[], signal?: AbortSignal): Promise<number> {
    const outcome = await this.#inGroups([...new Set(keys)], signal, (owners, group, outcome) =>
      this.#together(owners, group, (key) => new DeleteWrite(key), outcome, {
        run: (member) => member.write(null, (cache) => cache.deleteMany(group)),
        tell: (key) => this.#writer.tell(key, owners, ABSENT, owners.primary, []),
      }),
    );
    return outcome.count;
  }

  #defaultDeadline(member: Member): number | undefined {
    const { defaultTtlMs } = member;
    return defaultTtlMs === undefined ? undefined : this.#cluster.now() + defaultTtlMs;
  }

  async #inGroups(
    keys: readonly string[],
    signal: AbortSignal | undefined,
    work: (owners: Owners, keys: string[], outcome: Outcome) => Promise<void>,
  ): Promise<Outcome> {
    const { locks, topology, config } = this.#cluster;
    const outcome: Outcome = { count: 0, applied: new Set(), failed: new Set(), errors: [] };
    // Every key is checked before the first is touched.
    for (const key of keys) topology.ownersOf(key);
    const turn = locks.acquireAll(keys);
    if (turn !== undefined) await turn;
    try {
      signal?.throwIfAborted();
      const groups = new Map<Owners, string[]>();
      for (const key of keys) {
        if (topology.move !== undefined) await this.#writer.handOver(key);
        pushTo(groups, topology.ownersOf(key), key);
      }
      if (config.replication === "sync") {
        for (const owners of groups.keys()) this.#writer.checkQuorum(owners);
      }
      await Promise.all(Array.from(groups, ([owners, group]) => work(owners, group, outcome)));
    } finally {
      locks.releaseAll(keys);
    }
    conclude(outcome);
    return outcome;
  }

  /** One call for a group of keys with the same owners, or one for each where that cannot be. */
  async #together(
    owners: Owners,
    keys: readonly string[],
    alone: (key: string) => KeyWrite<unknown>,
    outcome: Outcome,
    group: {
      run: (member: Member) => Promise<number>;
      tell: (key: string) => Promise<void> | undefined;
    },
  ): Promise<void> {
    const { primary } = owners;
    if (this.#cluster.hasDisputes || !keys.every((key) => primary.isClearFor(key))) {
      return this.#oneByOne(keys, alone, outcome);
    }
    const { restarts } = primary;
    try {
      const count = await group.run(primary);
      // Other groups count meanwhile.
      outcome.count += count;
    } catch (error) {
      if (isNodeFailure(error)) return this.#afterFailure(owners, keys, alone, outcome, error);
      outcome.errors.push(error);
      outcome.failed.add(primary.id);
      return;
    }
    outcome.applied.add(primary.id);
    if (owners.members.length === 1) return;
    const told = keys.map(async (key) => group.tell(key));
    // Afterwards: as a replica of the other groups it may just have missed too much.
    for (const key of keys) primary.acted(key, restarts);
    for (const result of await Promise.allSettled(told)) {
      if (result.status === "rejected") note(outcome, result.reason, owners);
    }
  }

  /** The first owner failed, and may have set some of the keys: each of them goes its own way. */
  async #afterFailure(
    owners: Owners,
    keys: readonly string[],
    alone: (key: string) => KeyWrite<unknown>,
    outcome: Outcome,
    error: unknown,
  ): Promise<void> {
    await Promise.all(
      keys.map(async (key) => {
        try {
          const result = await this.#writer.writeAfter(alone(key), owners, owners.primary, error);
          if (result === true) outcome.count++;
          this.#noteApplied(key, outcome);
        } catch (failure) {
          note(outcome, failure, owners);
        }
      }),
    );
  }

  async #oneByOne(
    keys: readonly string[],
    alone: (key: string) => KeyWrite<unknown>,
    outcome: Outcome,
  ): Promise<void> {
    await Promise.all(
      keys.map(async (key) => {
        try {
          if ((await this.#writer.writeInTurn(alone(key))) === true) outcome.count++;
          this.#noteApplied(key, outcome);
        } catch (error) {
          note(outcome, error, this.#cluster.topology.ownersOf(key));
        }
      }),
    );
  }

  /** Whoever acts for a key after a write of it is the one that acted. */
  #noteApplied(key: string, outcome: Outcome): void {
    const acting = this.#cluster.choose(key, this.#cluster.topology.ownersOf(key), []);
    if (acting !== undefined) outcome.applied.add(acting.id);
  }
}

/** Takes up what one key's or one group's failure says. */
function note(outcome: Outcome, error: unknown, owners: Owners): void {
  outcome.errors.push(error);
  if (isPartialWrite(error)) {
    for (const id of error.applied) outcome.applied.add(id);
    for (const id of error.failed) outcome.failed.add(id);
  } else for (const { id } of owners.members) outcome.failed.add(id);
}

/** Throws what the call has come to, where it is not all well. */
function conclude({ errors, applied, failed }: Outcome): void {
  if (errors.length === 0) return;
  if (applied.size === 0) throw errors[0];
  throw partialWrite([...applied], [...failed], errors);
}

function pushTo<K, V>(groups: Map<K, V[]>, key: K, value: V): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [value]);
  else group.push(value);
}
