/**
 * The order of a cache's calls: calls that share the connection overlap and begin in the order in
 * which they were made; a call that stands alone begins when all earlier ones have ended, and holds
 * up all later ones.
 */
export class CallOrder {
  #lastAlone: Promise<unknown> = Promise.resolve();
  readonly #underWay = new Set<Promise<unknown>>();

  /** Begins at once unless a call that stands alone is to come first. */
  shared<T>(call: () => Promise<T>): Promise<T> {
    const result = this.#lastAlone.then(call);
    const end = settled(result);
    this.#underWay.add(end);
    void end.then(() => this.#underWay.delete(end));
    return result;
  }

  /** Begins when every earlier call has ended. */
  alone<T>(call: () => Promise<T>): Promise<T> {
    const result = Promise.all([this.#lastAlone, ...this.#underWay]).then(call);
    this.#lastAlone = settled(result);
    return result;
  }
}

async function settled(promise: Promise<unknown>): Promise<void> {
  try {
    await promise;
  } catch {
    // It is the caller who learns of it.
  }
}
