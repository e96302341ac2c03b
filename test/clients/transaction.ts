import { CacheError } from "../../src/errors.ts";
import type { Argument, Connection, Reply } from "./port.ts";
import { asList } from "./replies.ts";
import { replyError } from "./wire-errors.ts";

/** How often a transaction is begun anew because somebody else changed what it watched. */
const ATTEMPTS_MAX = 100;

type Commands = readonly (readonly Argument[])[];

/**
 * The replies of commands that take effect together, between them nobody else's, on a connection of
 * their own. `plan` reads what it needs of the watched keys and says what is to be done; it runs again
 * where one of them changed before that was done. No commands: nothing is done.
 */
export async function transact(
  connection: Connection,
  watched: readonly Argument[],
  plan: () => Promise<Commands>,
): Promise<readonly Reply[]> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    if (watched.length > 0) await connection.send(["WATCH", ...watched]);
    const commands = await planned(connection, plan);
    if (commands.length === 0) return [];
    const replies = await execute(connection, commands);
    if (replies !== undefined) return replies;
  }
  throw new CacheError(
    "TIMEOUT",
    `Cannot change the key: others may not change it each time: received ${ATTEMPTS_MAX} changes`,
  );
}

/** What is planned; nothing is watched any more where that is nothing, or failed. */
async function planned(connection: Connection, plan: () => Promise<Commands>): Promise<Commands> {
  let commands: Commands = [];
  try {
    commands = await plan();
    return commands;
  } finally {
    if (commands.length === 0) await connection.send(["UNWATCH"]);
  }
}

/** Sends all at once; `undefined` where a watched key had changed. */
async function execute(
  connection: Connection,
  commands: Commands,
): Promise<readonly Reply[] | undefined> {
  const begun = connection.send(["MULTI"]);
  const queued = commands.map((argv) => connection.send(argv));
  const executed = connection.send(["EXEC"]);
  const outcomes = await Promise.allSettled([begun, ...queued, executed]);
  // A command that is refused before it is queued says why; EXEC only says that one was.
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  const reply = await executed;
  if (reply === null) return undefined;
  const replies = asList(reply);
  for (const one of replies) if (one instanceof Error) throw replyError(one);
  return replies;
}
