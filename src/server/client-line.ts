import type { Session } from "./session.ts";

/**
 * What CLIENT LIST says about a client: the fields of Redis 7.0 in its order, those of what there is
 * not here as they stand for nobody.
 */
export function clientLine(session: Session, nowMs: number): string {
  const { connection, transaction } = session;
  const held = connection.heldBytes;
  const unread = connection.unreadBytes;
  const fields: readonly (readonly [name: string, value: string | number])[] = [
    ["id", session.id],
    ["addr", session.address],
    ["laddr", session.localAddress],
    ["fd", connection.fileDescriptor],
    ["name", session.name],
    ["age", seconds(nowMs - session.createdAtMs)],
    ["idle", seconds(nowMs - connection.lastReadMs)],
    ["flags", flags(session)],
    ["db", session.databaseIndex],
    ["sub", 0],
    ["psub", 0],
    ["ssub", 0],
    ["multi", transaction.isOpen ? transaction.length : -1],
    ["qbuf", held],
    ["qbuf-free", 0],
    ["argv-mem", 0],
    ["multi-mem", transaction.queuedBytes],
    ["rbs", 0],
    ["rbp", 0],
    ["obl", 0],
    ["oll", unread > 0 ? 1 : 0],
    ["omem", unread],
    ["tot-mem", held + unread + transaction.queuedBytes],
    ["events", unread > 0 ? "rw" : "r"],
    ["cmd", session.lastCommand],
    ["user", session.user],
    ["redir", -1],
    ["resp", session.protocol],
  ];
  return fields.map(([name, value]) => `${name}=${value}`).join(" ");
}

function seconds(ms: number): number {
  return Math.max(0, Math.floor(ms / 1000));
}

function flags({ connection, isKeptFromEviction, transaction, waiting }: Session): string {
  const letters =
    (transaction.isOpen ? "x" : "") +
    (waiting === undefined ? "" : "b") +
    (transaction.hasChangedKeys ? "d" : "") +
    (connection.isClosing ? "c" : "") +
    (connection.isUnix ? "U" : "") +
    (isKeptFromEviction ? "e" : "");
  return letters === "" ? "N" : letters;
}
