import type { CallOptions } from "../cache/contract.ts";
import type { SetChunk } from "../engine/state.ts";
import { CacheError } from "../errors.ts";
import { byteStringOf, bytesArgument, scoreArgument } from "./arguments.ts";
import type { CallAccess } from "./call-access.ts";
import { asTime, deadlineArgument, deadlineCommand, TIME } from "./lifetimes.ts";
import type { Argument, Command, Connection, Reply } from "./port.ts";
import { asCount, unlessFailed } from "./replies.ts";
import { PLACE_STAGED_SET } from "./state-scripts.ts";
import { transact } from "./transaction.ts";

/** How many members one command is given. */
export const COMMAND_MEMBERS = 1000;
/** How long members wait on the server for the rest of their set, in milliseconds. */
const STAGED_MS = 600_000;
/** What placing a set replies when it is in place; any other number is how many members there are instead. */
const PLACED = -1;

/**
 * Writes sorted sets as a whole, in place of whatever their keys held. One that comes in several chunks
 * waits under a name of its own, which no listing shows and which goes by itself when the rest does
 * not come.
 *
 * One that comes in one chunk is written without such a name. A server of limited memory refuses that
 * before it begins; where it refuses in the midst of a transaction, as one of Laurel's may, the key is gone.
 */
export class SetWrites {
  readonly #access: CallAccess;

  constructor(access: CallAccess) {
    this.#access = access;
  }

  /**
   * Writes a chunk of a set; the last one puts the set in place.
   * @throws {CacheError} `INVALID_OPTIONS` for a chunk of several that names no transfer; `INVALID_VALUE`
   * where the members do not add up to the size of the set
   */
  async write(
    key: Argument,
    chunk: SetChunk,
    transfer: string | undefined,
    options: CallOptions | undefined,
  ): Promise<void> {
    const members = new Map(chunk.members.map(({ member, score }) => [member, score]));
    const { size, cursor, version } = chunk;
    if (members.size > size) throw incomplete(size, members.size);
    if (cursor === 0 && members.size === size) {
      await this.#replace(key, members, chunk.expiresAt, options);
      return;
    }
    if (transfer === undefined) {
      if (cursor === 0) throw incomplete(size, members.size);
      throw withoutTransfer();
    }
    // Nothing of another version is of use.
    const staged = this.#stagedName(key, `${encoded(transfer)}:${version}`);
    const received =
      cursor === 0
        ? await this.#place(key, staged, members, chunk, options)
        : await this.#stage(staged, members, size, options);
    if (received !== undefined) throw incomplete(size, received);
  }

  async #replace(
    key: Argument,
    members: ReadonlyMap<string, number>,
    expiresAt: number,
    options: CallOptions | undefined,
  ): Promise<void> {
    const commands = [["UNLINK", key], ...addCommands(key, members)];
    if (expiresAt !== Infinity) commands.push([...deadlineCommand(key, expiresAt)]);
    unlessFailed(await this.#access.together(commands, key, options));
  }

  /** @returns how many members wait where these are more than the set is to have */
  async #stage(
    staged: Argument,
    members: ReadonlyMap<string, number>,
    size: number,
    options: CallOptions | undefined,
  ): Promise<number | undefined> {
    const commands: Command[] = [
      ...addCommands(staged, members),
      ["PEXPIRE", staged, String(STAGED_MS)],
      ["ZCARD", staged],
    ];
    const replies = unlessFailed(await this.#access.together(commands, staged, options));
    const received = asCount(replies.at(-1) ?? null);
    if (received <= size) return undefined;
    await this.#access.call(["UNLINK", staged], staged, options);
    return received;
  }

  /** @returns how many members there are where it is not the set's size */
  async #place(
    key: Argument,
    staged: Argument,
    members: ReadonlyMap<string, number>,
    chunk: SetChunk,
    options: CallOptions | undefined,
  ): Promise<number | undefined> {
    const { size, expiresAt } = chunk;
    const deadline = expiresAt === Infinity ? "" : deadlineArgument(expiresAt);
    const placed = await this.#access.run(
      PLACE_STAGED_SET,
      [staged, key],
      [String(size), deadline, ...scoreArguments([...members])],
      (connection) => placeWithoutScript(connection, key, staged, members, chunk),
      options,
    );
    const received = asCount(placed);
    return received === PLACED ? undefined : received;
  }

  #stagedName(key: Argument, id: string): Argument {
    return bytesArgument(this.#access.names.stagingName(byteStringOf(key), id));
  }
}

/** What {@link PLACE_STAGED_SET} does. What waits is watched: it might go by itself in the last moment. */
async function placeWithoutScript(
  connection: Connection,
  key: Argument,
  staged: Argument,
  members: ReadonlyMap<string, number>,
  { size, expiresAt }: SetChunk,
): Promise<Reply> {
  const additions = addCommands(staged, members);
  await Promise.all(additions.map((command) => connection.send(command)));
  let received = 0;
  await transact(connection, [staged], async () => {
    const questions = [TIME, ["ZCARD", staged]];
    const replies = await Promise.all(questions.map((question) => connection.send(question)));
    const [time = null, card = null] = replies;
    received = asCount(card);
    if (received !== size) return [["UNLINK", staged]];
    if (expiresAt <= asTime(time)) return [["UNLINK", key, staged]];
    return [["UNLINK", key], ["RENAME", staged, key], deadlineCommand(key, expiresAt)];
  });
  return received === size ? PLACED : received;
}

/** Adds members to a sorted set, so many at once that no command is very long. */
export function addCommands(key: Argument, members: ReadonlyMap<string, number>): Argument[][] {
  const all = [...members];
  const commands: Argument[][] = [];
  for (let i = 0; i < all.length; i += COMMAND_MEMBERS) {
    commands.push(["ZADD", key, ...scoreArguments(all.slice(i, i + COMMAND_MEMBERS))]);
  }
  return commands;
}

/** Scores, each before its member, which is a byte string. */
export function scoreArguments(members: readonly (readonly [string, number])[]): Argument[] {
  return members.flatMap(([member, score]) => [scoreArgument(score), bytesArgument(member)]);
}

function encoded(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

function incomplete(size: number, received: number): CacheError {
  return new CacheError(
    "INVALID_VALUE",
    `Cannot write a state: its members must be the ${size} of the set: received ${received}`,
  );
}

function withoutTransfer(): CacheError {
  return new CacheError(
    "INVALID_OPTIONS",
    "Cannot write a state: a chunk with more to follow must name the transfer of its key: " +
      "received no transfer",
  );
}
