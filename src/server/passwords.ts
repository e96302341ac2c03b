import { createHash, timingSafeEqual } from "node:crypto";

const DEFAULT_USER = "default";

/** The password of the one user there is, `default`. It is kept as a digest only. */
export class Passwords {
  #digest: Buffer | undefined;

  /** Whether clients must log in. */
  get isNeeded(): boolean {
    return this.#digest !== undefined;
  }

  /** Another password from now on; empty: none is asked for. */
  set(password: string): void {
    this.#digest = password === "" ? undefined : digest(password);
  }

  /**
   * Whether a user may come in with this password. Digests are compared, in constant time, so that
   * the time it takes tells neither the password nor its length. Without a password any will do.
   */
  accepts(user: string, password: string): boolean {
    if (user !== DEFAULT_USER) return false;
    return this.#digest === undefined || timingSafeEqual(digest(password), this.#digest);
  }
}

function digest(password: string): Buffer {
  return createHash("sha256").update(password, "latin1").digest();
}
