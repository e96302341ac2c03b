import type { Timers } from "../cache/platform.ts";
import { STATE_CHUNK_MEMBERS } from "../cache/state-transfer.ts";
import type { ZMember } from "../structures/z-member.ts";
import type { CallAccess } from "./call-access.ts";
import { LIFETIME_COMMANDS, type Lifetime, type Lifetimes } from "./lifetimes.ts";
import type { Argument, Command, Connection, Reply } from "./port.ts";
import { asCount, asMembers } from "./replies.ts";
import { connectionError } from "./server-errors.ts";

/** Members of a sorted set, and what else is the same for all chunks of one. */
export interface SetPart extends Lifetime {
  readonly members: readonly ZMember[];
  /** How many members the whole set has. */
  readonly size: number;
}

/** How long a read is kept open for its next chunk, in milliseconds. */
const READ_IDLE_MS_MAX = 5000;
/** The same while another read waits for its turn. */
const READ_IDLE_MS_MAX_WAITED_FOR = 300;

/**
 * One read of a sorted set in chunks. The key is watched, from before the first chunk on, on a connection
 * that nobody else uses; the last chunk is read in a transaction there, which the server refuses when
 * the key was changed since: so chunks of two different sets are never taken for one.
 *
 * It holds its connection until the last chunk, and is given up when the next one is asked for too late.
 */
export class WatchedRead {
  readonly key: Argument;
  readonly #access: CallAccess;
  readonly #timers: Timers;
  readonly #lifetimes: Lifetimes;
  #connection: Connection | undefined;
  #first: SetPart | undefined;
  #timer: unknown;
  #isOver = false;
  #release: () => void = () => {};
  #giveUp: (reason: unknown) => void = () => {};

  constructor(access: CallAccess, key: Argument, timers: Timers, lifetimes: Lifetimes) {
    this.key = key;
    this.#access = access;
    this.#timers = timers;
    this.#lifetimes = lifetimes;
  }

  /**
   * The first chunk. `undefined`: there is no set of several chunks (any more); the read is over then.
   * @param onEnd is called when the connection is not held any more
   */
  async begin(onEnd: () => void): Promise<SetPart | undefined> {
    try {
      const connection = await this.#hold(onEnd);
      this.#connection = connection;
      this.#first = await this.#lifetimes.ask(() => this.#read(connection, 0));
    } catch (error) {
      this.end();
      throw error;
    }
    if (this.#first === undefined || this.#first.size <= STATE_CHUNK_MEMBERS) {
      this.end();
      return undefined;
    }
    return this.#first;
  }

  /** The chunk from a rank on. `undefined`: it is of another set, or nobody can say; the read is over then. */
  async next(rank: number): Promise<SetPart | undefined> {
    const [connection, first] = [this.#connection, this.#first];
    if (connection === undefined || first === undefined || this.#isOver) return undefined;
    const isLast = rank + STATE_CHUNK_MEMBERS >= first.size;
    this.#expectNext(READ_IDLE_MS_MAX);
    let part: SetPart | undefined;
    try {
      if (isLast) part = await this.#readLast(connection, rank);
      else part = await this.#read(connection, rank);
    } catch {
      // Whatever failed here, to read it anew on another connection tells what is the matter.
    }
    if (isLast || part?.size !== first.size) this.end();
    return part?.size === first.size ? part : undefined;
  }

  /** Lets somebody else have the connection before long, unless the next chunk is asked for. */
  hurry(): void {
    if (!this.#isOver) this.#expectNext(READ_IDLE_MS_MAX_WAITED_FOR);
  }

  /** Ends the read; the connection can serve others. */
  end(): void {
    if (this.#isOver) return;
    this.#stop();
    this.#release();
  }

  #hold(onEnd: () => void): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const done = new Promise<void>((release, giveUp) => {
        this.#release = release;
        this.#giveUp = giveUp;
      });
      // It may be given up before the connection is there to be told.
      done.catch(() => {});
      const held = this.#access.apart(this.key, async (connection) => {
        this.#expectNext(READ_IDLE_MS_MAX);
        await Promise.race([connection.send(["WATCH", this.key]), done]);
        resolve(connection);
        // Whoever has the connection next finds nothing watched there.
        await done;
      });
      held.catch(reject).finally(() => {
        this.#stop();
        onEnd();
      });
    });
  }

  /** Is told of the key by commands that others' may come between: only what is watched makes them one. */
  async #read(connection: Connection, rank: number): Promise<SetPart | undefined> {
    const question = this.#lifetimes.question(this.key);
    const commands = [...question.commands, ...this.#partCommands(rank)];
    const replies = await Promise.all(commands.map((command) => connection.send(command)));
    return partOf(question.answer(replies), replies);
  }

  async #readLast(connection: Connection, rank: number): Promise<SetPart | undefined> {
    const question = this.#lifetimes.question(this.key);
    const commands = [...question.commands, ...this.#partCommands(rank)];
    const replies = await connection.transaction(commands);
    return replies === undefined ? undefined : partOf(question.answer(replies), replies);
  }

  #partCommands(rank: number): Command[] {
    return [["ZCARD", this.key], rangeCommand(this.key, rank)];
  }

  #expectNext(withinMs: number): void {
    this.#timers.clearTimeout(this.#timer as never);
    this.#timer = this.#timers.setTimeout(() => {
      this.#stop();
      // Not known is what the connection may be waiting for: it is thrown away.
      this.#giveUp(connectionError("the next chunk of a sorted set was not asked for in time"));
    }, withinMs);
  }

  #stop(): void {
    this.#isOver = true;
    this.#timers.clearTimeout(this.#timer as never);
  }
}

/** Reads the chunk of a sorted set that begins at a rank. */
export function rangeCommand(key: Argument, rank: number): Command {
  const last = rank + STATE_CHUNK_MEMBERS - 1;
  return ["ZRANGE", key, String(rank), String(last), "WITHSCORES"];
}

function partOf(lifetime: Lifetime | undefined, replies: readonly Reply[]): SetPart | undefined {
  const [size = null, members = null] = replies.slice(LIFETIME_COMMANDS);
  if (lifetime === undefined || size instanceof Error || members instanceof Error) return undefined;
  return { ...lifetime, size: asCount(size), members: asMembers(members) };
}
