import type { CallOptions } from "../cache/contract.ts";
import type { SetScores } from "../engine/state.ts";
import { CacheError } from "../errors.ts";
import { bytesArgument } from "./arguments.ts";
import type { CallAccess } from "./call-access.ts";
import { asTime, deadlineArgument, deadlineCommand, TIME } from "./lifetimes.ts";
import type { Argument, Command, Connection, Reply } from "./port.ts";
import { asCount, asList } from "./replies.ts";
import { addCommands, COMMAND_MEMBERS, scoreArguments } from "./set-writes.ts";
import { WRITE_SCORES } from "./state-scripts.ts";
import { transact } from "./transaction.ts";

/** How a set is to become: each member once, and the members in the groups that commands take. */
class Difference {
  readonly put = new Map<string, number>();
  readonly gone: string[] = [];

  constructor(members: readonly string[], scores: SetScores["scores"]) {
    // Of a member given twice the last score counts.
    for (const [member, score] of new Map(members.map((name, i) => [name, scores[i]]))) {
      if (score === undefined) this.gone.push(member);
      else this.put.set(member, score);
    }
  }

  /** By how much a set grows of which these replies to {@link presenceCommands} are told. */
  growth(replies: readonly Reply[]): number {
    const scores = replies.flatMap(asList);
    const { size } = this.put;
    const added = scores.slice(0, size).filter((score) => score === null).length;
    const removed = scores.slice(size).filter((score) => score !== null).length;
    return added - removed;
  }

  /** Ask which of the members a set has, those that are to be there first. */
  presenceCommands(key: Argument): Command[] {
    return inGroups([...this.put.keys(), ...this.gone], (names) => ["ZMSCORE", key, ...names]);
  }

  /** Make a set so. Adding comes first: that alone may be refused. */
  commands(key: Argument): Command[] {
    const removals = inGroups(this.gone, (names) => ["ZREM", key, ...names]);
    return [...addCommands(key, this.put), ...removals];
  }
}

/**
 * Gives members their scores, or removes them, and the key its deadline, where the set then has the size
 * that it is to have; else nothing changes.
 * @returns whether the key is now as it is to be
 */
export async function writeScores(
  access: CallAccess,
  key: Argument,
  members: readonly string[],
  wanted: SetScores,
  options: CallOptions | undefined,
): Promise<boolean> {
  const { size, expiresAt } = wanted;
  if (size === 0) {
    await access.call(["UNLINK", key], key, options);
    return true;
  }
  const difference = new Difference(members, wanted.scores);
  const { put, gone } = difference;
  const deadline = expiresAt === Infinity ? "" : deadlineArgument(expiresAt);
  const head = [String(size), deadline, String(put.size)];
  const done = await access.run(
    WRITE_SCORES,
    [key],
    [...head, ...scoreArguments([...put]), ...gone.map(bytesArgument)],
    (connection) => writeWithoutScript(connection, key, difference, wanted),
    options,
  );
  return asCount(done) === 1;
}

/** What {@link WRITE_SCORES} does. */
async function writeWithoutScript(
  connection: Connection,
  key: Argument,
  difference: Difference,
  wanted: SetScores,
): Promise<Reply> {
  const replies = await transact(connection, [key], () =>
    plan(connection, key, difference, wanted),
  );
  return replies.length > 0 ? 1 : 0;
}

/** What is to be done with the key as it is; nothing where it would not become what it is to be. */
async function plan(
  connection: Connection,
  key: Argument,
  difference: Difference,
  { size, expiresAt }: SetScores,
): Promise<readonly Command[]> {
  const questions = [TIME, ["ZCARD", key], ...difference.presenceCommands(key)];
  const [time = null, sizeNow = null, ...presence] = await Promise.all(
    questions.map((question) => connection.send(question).catch(wrongTypeAsReply)),
  );
  if (expiresAt <= asTime(time)) return [["UNLINK", key]];
  if (sizeNow instanceof Error) return [];
  if (asCount(sizeNow) + difference.growth(presence) !== size) return [];
  return [...difference.commands(key), deadlineCommand(key, expiresAt)];
}

function wrongTypeAsReply(error: unknown): CacheError {
  if (error instanceof CacheError && error.code === "WRONG_TYPE") return error;
  throw error;
}

/** Commands for members that are byte strings, so many at once that no command is very long. */
export function inGroups(
  members: readonly string[],
  command: (group: readonly Argument[]) => Command,
): Command[] {
  const commands: Command[] = [];
  for (let i = 0; i < members.length; i += COMMAND_MEMBERS) {
    commands.push(command(members.slice(i, i + COMMAND_MEMBERS).map(bytesArgument)));
  }
  return commands;
}
