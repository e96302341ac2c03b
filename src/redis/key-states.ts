import type { CallOptions } from "../cache/contract.ts";
import {
  checkDeadline,
  encodeMembers,
  encodeScores,
  encodeSetChunk,
  encodeValue,
} from "../cache/inputs.ts";
import { checkCursor, checkTransfer, notState } from "../cache/state-inputs.ts";
import {
  type KeyState,
  type ReadStateOptions,
  type Scores,
  type SortedSetState,
  STATE_CHUNK_MEMBERS,
  type StateTransfer,
  type StringState,
  type WriteStateOptions,
} from "../cache/state-transfer.ts";
import { CacheError } from "../errors.ts";
import { bytesArgument } from "./arguments.ts";
import type { CallAccess } from "./call-access.ts";
import { inGroups, writeScores } from "./score-writes.ts";
import { asTime, deadlineArgument, LIFETIME_COMMANDS, type Lifetimes, TIME } from "./lifetimes.ts";
import type { Argument, Reply } from "./port.ts";
import { asBytes, asCount, asList, asMembers, asScore, raised } from "./replies.ts";
import { SetWrites } from "./set-writes.ts";
import { rangeCommand, type SetPart } from "./watched-read.ts";
import { rankOf, type WatchedReads } from "./watched-reads.ts";

/** What a key holds of a set from some rank on, or all of a string. */
type Held = StringState | ({ readonly type: "sorted-set" } & SetPart);

/**
 * The transfer of states for the keys of a server: each call one transaction or script there, by the server's
 * own clock. A set of several chunks is read over a connection of its own that watches it, and
 * waits under another name while it is written.
 *
 * A server takes every reading for a use: what is read here is evicted later than it would be.
 */
export class KeyStates implements Required<Omit<StateTransfer, "listKeys">> {
  readonly #access: CallAccess;
  readonly #lifetimes: Lifetimes;
  readonly #reads: WatchedReads;
  readonly #writes: SetWrites;

  /** @param reads those of all faces of the cache, which share its connections */
  constructor(access: CallAccess, reads: WatchedReads) {
    this.#access = access;
    this.#lifetimes = reads.lifetimes;
    this.#reads = reads;
    this.#writes = new SetWrites(access);
  }

  /** What the server's clock says, in whole milliseconds. */
  async time(options?: CallOptions): Promise<number> {
    return asTime(await this.#access.call(TIME, undefined, options));
  }

  /** As {@link StateTransfer}; a key that holds anything else is `WRONG_TYPE`. */
  async readState(key: string, options?: ReadStateOptions): Promise<KeyState | undefined> {
    const cursor = checkCursor(options?.cursor);
    const target = this.#access.key(key);
    if (cursor !== 0) {
      const next = await this.#beside(target, this.#reads.next(target, cursor), options);
      if (next !== undefined) return next;
    }
    const rank = rankOf(cursor);
    const held = await this.#read(target, rank, options);
    if (held?.type !== "sorted-set") return held;
    if (cursor === 0 && held.size > STATE_CHUNK_MEMBERS) {
      const first = await this.#begin(target, options);
      if (first !== undefined) return first;
    }
    return this.#reads.single(held, rank);
  }

  async writeState(key: string, state: KeyState, options?: WriteStateOptions): Promise<void> {
    const target = this.#access.key(key);
    // What a caller without types hands in may be anything.
    const type = (state as KeyState | null | undefined)?.type;
    if (type === "sorted-set") {
      const transfer = options?.transfer;
      checkTransfer(transfer);
      const chunk = encodeSetChunk(state as SortedSetState);
      await this.#writes.write(target, chunk, transfer, options);
    } else if (type === "string") {
      const { value, expiresAt } = state as StringState;
      const command = ["SET", target, bytesArgument(encodeValue(value))];
      if (checkDeadline(expiresAt) !== Infinity) {
        command.push("PXAT", deadlineArgument(expiresAt));
      }
      await this.#access.call(command, target, options);
    } else throw notState(state);
  }

  async readScores(
    key: string,
    members: readonly string[],
    options?: CallOptions,
  ): Promise<Scores | undefined> {
    const encoded = encodeMembers(members);
    const target = this.#access.key(key);
    return await this.#lifetimes.ask(async () => {
      const question = this.#lifetimes.question(target);
      const replies = await this.#access.together(
        [
          ...question.commands,
          ["ZCARD", target],
          ...inGroups(encoded, (group) => ["ZMSCORE", target, ...group]),
        ],
        target,
        options,
      );
      const lifetime = question.answer(replies);
      const [size = null, ...groups] = replies.slice(LIFETIME_COMMANDS).map(raised);
      if (lifetime === undefined || size === 0) return undefined;
      const scores = groups.flatMap((group) => asList(group).map(asScore));
      return { scores, size: asCount(size), ...lifetime };
    });
  }

  async writeScores(
    key: string,
    members: readonly string[],
    scores: Scores,
    options?: CallOptions,
  ): Promise<boolean> {
    const encoded = encodeMembers(members);
    const wanted = encodeScores(scores, encoded.length);
    return await writeScores(this.#access, this.#access.key(key), encoded, wanted, options);
  }

  async #begin(target: Argument, options?: CallOptions): Promise<SortedSetState | undefined> {
    const first = await this.#beside(target, this.#reads.begin(this.#access, target), options);
    // Whoever is held to one incarnation of the server learns here if the new connection is to another.
    await this.#access.call(TIME, target, options);
    return first;
  }

  /** The outcome of work on a connection of its own, which ends when a call that is made now would. */
  async #beside<T>(target: Argument, work: Promise<T>, options?: CallOptions): Promise<T> {
    const [outcome] = await Promise.all([work, this.#access.call(TIME, target, options)]);
    return outcome;
  }

  #read(target: Argument, rank: number, options?: CallOptions): Promise<Held | undefined> {
    return this.#lifetimes.ask(async () => {
      const question = this.#lifetimes.question(target);
      const replies = await this.#access.together(
        [...question.commands, ["GET", target], ["ZCARD", target], rangeCommand(target, rank)],
        target,
        options,
      );
      const lifetime = question.answer(replies);
      const [value = null, size = null, members = null] = replies.slice(LIFETIME_COMMANDS);
      if (lifetime === undefined || value === null) return undefined;
      if (!isWrongType(value)) {
        return { type: "string", value: asBytes(raised(value)) as Buffer, ...lifetime };
      }
      const set = { size: asCount(raised(size)), members: asMembers(raised(members)) };
      return { type: "sorted-set", ...set, ...lifetime };
    });
  }
}

function isWrongType(reply: Reply): boolean {
  return reply instanceof CacheError && reply.code === "WRONG_TYPE";
}
