/**
 * What calls wait at until something has been opened, in the order in which they came: also a call
 * that comes when it is open already waits while others have still to go before it.
 */
export class Gate {
  #waiting = 0;
  #opening: Promise<unknown> | undefined;

  /** Whether a call would overtake others if it did not wait. */
  get isBusy(): boolean {
    return this.#waiting > 0;
  }

  /** Makes a call when all before it have been made. They all fail when it cannot be opened. */
  async pass<T>(open: () => Promise<unknown>, call: () => Promise<T>): Promise<T> {
    this.#waiting++;
    let outcome: Promise<T>;
    try {
      this.#opening ??= open();
      await this.#opening;
      outcome = call();
    } finally {
      this.#waiting--;
      if (this.#waiting === 0) this.#opening = undefined;
    }
    return outcome;
  }
}
