import type { Connection, Reply } from "./port.ts";
import { replyError } from "./server-errors.ts";

/** {@link Connection.transaction} of a client library that hands out the reply to EXEC as it is. */
export async function queuedTransaction(
  connection: Pick<Connection, "send">,
  commands: Parameters<Connection["transaction"]>[0],
): Promise<readonly Reply[] | undefined> {
  const sent = [connection.send(["MULTI"])];
  for (const command of commands) sent.push(connection.send(command));
  const executed = connection.send(["EXEC"]);
  sent.push(executed);
  // A command that is refused before it is queued says why; EXEC only says that one was.
  for (const outcome of await Promise.allSettled(sent)) {
    if (outcome.status === "rejected") throw outcome.reason;
  }
  const replies = await executed;
  if (!Array.isArray(replies)) return undefined;
  return (replies as readonly Reply[]).map((reply) =>
    reply instanceof Error ? replyError(reply) : reply,
  );
}
