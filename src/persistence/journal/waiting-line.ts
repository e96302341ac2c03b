/** Is called when what was waited for happened, or with the reason why it never will. */
type Callback = (error?: Error) => void;

/**
 * Those who wait until a commit is on the disk, in the order in which they came. Commits are
 * numbered; who comes later waits for the same one or a later one. Nobody is called by whom made
 * it happen, but right afterwards.
 */
export class WaitingLine {
  readonly #callbacks: Callback[] = [];
  readonly #commits: number[] = [];

  get size(): number {
    return this.#callbacks.length;
  }

  /** Waits for a commit. */
  add(commit: number, callback: Callback): void {
    this.#commits.push(commit);
    this.#callbacks.push(callback);
  }

  /** Calls who waits for this commit or an earlier one. */
  release(commit: number): void {
    const later = this.#commits.findIndex((number) => number > commit);
    this.#call(0, later === -1 ? this.size : later);
  }

  /** Tells who waits for a commit after this one that it will not be. */
  fail(error: Error, commit = -1): void {
    const first = this.#commits.findIndex((number) => number > commit);
    if (first !== -1) this.#call(first, this.size, error);
  }

  #call(from: number, to: number, error?: Error): void {
    if (from === to) return;
    this.#commits.splice(from, to - from);
    const callbacks = this.#callbacks.splice(from, to - from);
    queueMicrotask(() => {
      for (const callback of callbacks) callback(error);
    });
  }
}
