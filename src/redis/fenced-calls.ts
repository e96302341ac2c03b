import type { CallOptions } from "../cache/contract.ts";
import { CacheError } from "../errors.ts";
import { readBootId } from "./boot-id.ts";
import { Calls } from "./calls.ts";
import { notSent } from "./not-sent.ts";

/** How often the boot id is asked anew because the connection was lost meanwhile. */
const ATTEMPTS_MAX = 5;

const always = (): boolean => true;

/**
 * Calls that are refused, and not sent, unless they go over the very connection over which the boot id
 * was asked last; see `Fenceable`. They have no time limit of their own, but for that question.
 */
export class FencedCalls extends Calls {
  protected override readonly isLimited = false;
  /** The epoch of the connection over which the boot id was asked. */
  #askedIn: number | undefined;

  /**
   * Answers when nothing that was called or sent before can take effect any more: what waited for its turn
   * has had it, and former connections are closed on the server, too.
   */
  override bootId(options?: CallOptions): Promise<string> {
    return this.inTurn((call) => this.#ask(call), options, always, true);
  }

  /**
   * A call that waits for its turn behind the question was made by one who does not know the answer: if it
   * is over another connection, that may be one to another incarnation.
   */
  protected override get pass(): unknown {
    return this.#askedIn;
  }

  protected override refusal(pass = this.pass): CacheError | undefined {
    const { port } = this.state;
    if (port.isConnected && port.epoch === this.#askedIn && pass === this.#askedIn)
      return undefined;
    const received = port.isConnected ? "another connection" : "a connection that was lost";
    return notSent(received);
  }

  async #ask(call: { readonly isGivenUp: boolean }): Promise<string> {
    const { port, scripts } = this.state;
    scripts.fence();
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      // oxlint-disable-next-line no-await-in-loop -- each attempt follows from the one before
      await port.fence();
      const { epoch } = port;
      // oxlint-disable-next-line no-await-in-loop -- see above
      const id = await readBootId(port);
      if (port.epoch !== epoch) continue;
      // Whoever did not hear the answer has not asked.
      if (!call.isGivenUp) this.#askedIn = epoch;
      return id;
    }
    throw new CacheError(
      "CONNECTION_FAILED",
      `Cannot name the server's incarnation: its connection must last: received ${ATTEMPTS_MAX} losses`,
    );
  }
}
