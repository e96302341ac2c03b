import { CacheError, type CacheErrorCode } from "../errors.ts";
import type { Command, Connection, Link, Reply } from "./port.ts";
import { replyOf } from "./server-errors.ts";

/** What a transaction fails with where there may be no more of them. */
const REFUSALS: ReadonlySet<CacheErrorCode> = new Set(["ACCESS_DENIED", "CAPABILITY_UNSUPPORTED"]);

/** What an empty one fails with where it says nothing of later ones. */
const USELESS: ReadonlySet<CacheErrorCode> = new Set(["CONNECTION_FAILED", "NODE_UNHEALTHY"]);

/**
 * Whether links may make transactions, found out when they are opened by one that is empty. Where MULTI
 * is refused, by an ACL or because the server has none, the commands behind it would be carried out
 * all the same, each for itself, so nothing is sent there at all.
 */
export class TransactionAccess {
  /** What an empty transaction was refused with; nothing: it was not. */
  readonly #refusals = new WeakMap<Link, CacheError>();
  readonly #asking = new WeakSet<Link>();

  /**
   * Prepares a link that was just opened, or looks again. Rejects where nothing can be done on it:
   * with `CONNECTION_FAILED`; with `NODE_UNHEALTHY` where the server does nothing for now, so that
   * nobody knows whether it will have transactions; or with `ACCESS_DENIED` where it does not know who
   * we are, and would end the connection on the first longer command.
   */
  async enter(link: Link): Promise<void> {
    try {
      await link.transaction([]);
      this.#refusals.delete(link);
    } catch (error) {
      if (!(error instanceof CacheError) || USELESS.has(error.code)) throw error;
      if (replyOf(error)?.startsWith("NOAUTH ") === true) throw error;
      this.#refusals.set(link, error);
      // Where it was EXEC that is missing, the transaction is still open.
      await link.send(["DISCARD"]).catch(() => null);
    }
  }

  /** {@link Connection.transaction} on a link that was entered, or why there is none. */
  async transaction(
    link: Link,
    commands: readonly Command[],
  ): Promise<readonly Reply[] | undefined> {
    const refusal = this.#refusals.get(link);
    try {
      if (refusal === undefined) return await link.transaction(commands);
    } catch (error) {
      if (error instanceof CacheError && REFUSALS.has(error.code)) this.#lookAgain(link);
      throw error;
    }
    this.#lookAgain(link);
    throw refusal;
  }

  /** A link as the connection for work of its own. */
  connectionOver(link: Link): Connection {
    if (!this.#refusals.has(link)) return link;
    return {
      send: (command) => link.send(command),
      transaction: (commands) => this.transaction(link, commands),
    };
  }

  /** The rights of a user may change while the connection lasts. */
  #lookAgain(link: Link): void {
    if (this.#asking.has(link)) return;
    this.#asking.add(link);
    const end = () => void this.#asking.delete(link);
    this.enter(link).then(end, end);
  }
}
