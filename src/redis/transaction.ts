import { CacheError } from "../errors.ts";
import type { Argument, Command, Connection, Reply } from "./port.ts";
import { unlessFailed } from "./replies.ts";

/** How often a transaction is begun anew because somebody else changed what it watched. */
const ATTEMPTS_MAX = 100;

/**
 * The replies of commands that take effect together, provided that what they were planned by has not
 * changed until then. `plan` reads what it needs of the watched keys and says what is to be done; it runs
 * again where one of them changed before that was done. No commands: nothing is done.
 * @param connection one that nobody else sends on
 */
export async function transact(
  connection: Connection,
  watched: readonly Argument[],
  plan: () => Promise<readonly Command[]>,
): Promise<readonly Reply[]> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    // oxlint-disable-next-line no-await-in-loop -- each attempt follows from the one before
    await connection.send(["WATCH", ...watched]);
    // oxlint-disable-next-line no-await-in-loop -- see above
    const commands = await planned(connection, plan);
    if (commands.length === 0) return [];
    // oxlint-disable-next-line no-await-in-loop -- see above
    const replies = await connection.transaction(commands);
    if (replies !== undefined) return unlessFailed(replies);
  }
  throw new CacheError(
    "TIMEOUT",
    `Cannot change the key: others may not change it each time: received ${ATTEMPTS_MAX} changes`,
  );
}

/** What is planned; nothing is watched any more where that is nothing, or failed. */
async function planned(
  connection: Connection,
  plan: () => Promise<readonly Command[]>,
): Promise<readonly Command[]> {
  let commands: readonly Command[] = [];
  try {
    commands = await plan();
    return commands;
  } finally {
    if (commands.length === 0) await connection.send(["UNWATCH"]);
  }
}
