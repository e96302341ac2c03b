import type { Turn } from "./call-limit.ts";
import { connectionError } from "./server-errors.ts";

/** What the work of a call knows of it. */
export interface CallUnderWay {
  /** Whether nobody waits for its outcome any more. */
  readonly isGivenUp: boolean;
  /** The outcome of a part of the work, or an error as soon as the call has timed out. */
  untilTimeout<U>(part: Promise<U>): Promise<U>;
}

/** A call that begins when its turn comes, unless it was given up by then. */
export class CallInTurn<T> implements Turn, CallUnderWay {
  readonly outcome: Promise<T>;
  hasBegun = false;
  readonly #work: (call: CallUnderWay) => Promise<T>;
  isGivenUp = false;
  #settle: (outcome: Promise<T>) => void = () => {};
  #end: () => void = () => {};
  #abandon: (reason: unknown) => void = () => {};

  constructor(work: (call: CallUnderWay) => Promise<T>) {
    this.#work = work;
    this.outcome = new Promise((resolve) => (this.#settle = resolve));
  }

  /** Resolves when the next call may have its turn. Never rejects. */
  begin(): Promise<void> {
    if (this.isGivenUp) {
      // Nobody hears it, but the time limit does not wait for it any longer.
      this.#settle(new Promise((resolve) => resolve(undefined as never)));
      return Promise.resolve();
    }
    this.hasBegun = true;
    const outcome = this.#work(this);
    this.#settle(outcome);
    return new Promise((resolve) => {
      this.#end = resolve;
      outcome.then(
        () => resolve(),
        () => resolve(),
      );
    });
  }

  /** It does not begin any more. Once it has begun it keeps its turn to the end. */
  drop(): void {
    this.isGivenUp = true;
  }

  untilTimeout<U>(part: Promise<U>): Promise<U> {
    return new Promise((resolve, reject) => {
      this.#abandon = reject;
      part.then(resolve, reject);
    });
  }

  /** Nobody knows when it ends: the next ones do not wait for it, and what it holds is given up. */
  onTimeout(): void {
    this.drop();
    this.#end();
    this.#abandon(connectionError(new Error("The call took too long")));
  }
}
