import type {
  ClientFilter,
  ClientPort,
  ClientsPort,
  PauseMode,
  UnblockMode,
} from "../commands/client-port.ts";
import type { BlockedClients } from "./blocked-clients.ts";
import type { Pause } from "./pause.ts";
import type { Session } from "./session.ts";

/** The clients that are connected, by id, in the order in which they came. */
export class Clients implements ClientsPort {
  readonly #byId = new Map<number, Session>();
  readonly #blocked: BlockedClients;
  readonly #pause: Pause;

  constructor(blocked: BlockedClients, pause: Pause) {
    this.#blocked = blocked;
    this.#pause = pause;
  }

  get size(): number {
    return this.#byId.size;
  }

  get blocked(): number {
    return this.#blocked.size;
  }

  add(session: Session): void {
    this.#byId.set(session.id, session);
  }

  remove(session: Session): void {
    this.#byId.delete(session.id);
  }

  all(): IterableIterator<Session> {
    return this.#byId.values();
  }

  list(filter: ClientFilter): readonly Session[] {
    const { ids } = filter;
    const candidates =
      ids === undefined
        ? [...this.#byId.values()]
        : ids.map((id) => this.#byId.get(id)).filter((session) => session !== undefined);
    return candidates.filter((session) => isMeant(session, filter));
  }

  kill(filter: ClientFilter, caller: ClientPort): number {
    const sessions = this.list(filter);
    for (const session of sessions) {
      if (session === caller) session.closeAfterReply();
      else session.connection.destroy();
    }
    return sessions.length;
  }

  unblock(id: number, mode: UnblockMode): boolean {
    const waiting = this.#byId.get(id)?.waiting;
    if (waiting === undefined) return false;
    if (mode === "error") waiting.fail();
    else waiting.expire();
    return true;
  }

  pause(mode: PauseMode, durationMs: number): void {
    this.#pause.begin(mode, durationMs);
  }

  unpause(): void {
    this.#pause.end();
  }
}

function isMeant(session: Session, filter: ClientFilter): boolean {
  const { address, except, localAddress, type, user } = filter;
  return (
    session !== except &&
    (address === undefined || session.address === address) &&
    (localAddress === undefined || session.localAddress === localAddress) &&
    (type === undefined || session.type === type) &&
    (user === undefined || session.user === user)
  );
}
