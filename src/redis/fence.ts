import { CacheError } from "../errors.ts";
import { runIdOf } from "./boot-id.ts";
import type { Link } from "./port.ts";

/** A connection as the server knows it. */
interface Identity {
  /** What CLIENT ID says: the server gives no number twice. */
  readonly id: string;
  /** Which incarnation of which server it is. */
  readonly runId: string;
}

/** How many former connections are remembered where the server does not let them be closed. */
const FORMER_MAX = 1000;

/**
 * What keeps the past from taking effect: a server that was halted finds in its buffers what came over
 * connections that the client has long given up, and carries it out. So each connection learns by
 * which number the server knows it, and a new one to the same incarnation of the server has the
 * former ones closed there (CLIENT KILL), before anything else is sent on it.
 */
export class Fence {
  readonly #present = new Map<Link, Identity>();
  #former: Identity[] = [];

  /**
   * Prepares a link that was just opened. Servers that do not let it do so are taken as they are;
   * {@link raise} says why. Rejects with `CONNECTION_FAILED` where the link does not work.
   */
  async enter(link: Link): Promise<void> {
    try {
      await this.raise(link);
    } catch (error) {
      if (error instanceof CacheError && error.code !== "CONNECTION_FAILED") return;
      throw error;
    }
  }

  /** Resolves when former connections to the link's server are closed there. */
  async raise(link: Link): Promise<void> {
    const { runId } = await this.#identityOf(link);
    const former = new Set(this.#former.filter((one) => one.runId === runId));
    await Promise.all([...former].map(({ id }) => link.send(["CLIENT", "KILL", "ID", id])));
    // Other incarnations took their connections with them.
    this.#former = this.#former.filter((one) => one.runId === runId && !former.has(one));
  }

  /** Notes that a link is not used any more, whether or not the server knows. */
  left(link: Link): void {
    const identity = this.#present.get(link);
    if (identity === undefined) return;
    this.#present.delete(link);
    this.#former.push(identity);
    if (this.#former.length > FORMER_MAX) this.#former.shift();
  }

  async #identityOf(link: Link): Promise<Identity> {
    const known = this.#present.get(link);
    if (known !== undefined) return known;
    const [id, info] = await Promise.all([
      link.send(["CLIENT", "ID"]),
      link.send(["INFO", "server"]),
    ]);
    const identity = { id: String(id), runId: runIdOf(info) };
    this.#present.set(link, identity);
    return identity;
  }
}
