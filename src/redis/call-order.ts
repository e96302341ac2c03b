/** What a call has to wait for when its turn has come; `undefined`: for nothing. */
type Opening = () => Promise<unknown> | undefined;

/** A call that waits for its turn. */
interface Waiting {
  readonly opening: Opening;
  readonly isAlone: () => boolean;
  readonly begin: () => Promise<unknown>;
}

const never = (): boolean => false;
const nothing = (): undefined => undefined;

/**
 * The order of a cache's calls. Most are one command on the connection that all share, whose commands
 * are carried out in the order of sending: such a call begins at once. One that takes several round trips
 * stands alone: it begins when those before it that stand alone have ended, and holds up all later calls.
 *
 * What was sent before a call that stands alone may still be under way when it begins: where that matters
 * the call itself waits for it.
 *
 * A call may need something first, a connection: all wait with it until that is there, so that what is given up
 * meanwhile is never sent. Where it cannot be had they begin all the same, and fail by what is the matter.
 */
export class CallOrder {
  #queue: Waiting[] = [];
  #head = 0;
  #isHeld = false;

  /** Whether nobody stands alone: the next call may begin at once. */
  get isFree(): boolean {
    return !this.#isHeld;
  }

  /**
   * Begins a call in its turn. It must not throw.
   * @param isAlone asked when its turn has come
   * @param opening asked before
   */
  inTurn<T>(
    begin: () => Promise<T>,
    isAlone: () => boolean = never,
    opening: Opening = nothing,
  ): Promise<T> {
    if (!this.#isHeld && !this.#waitsFor(opening)) {
      return isAlone() ? this.#hold(begin) : begin();
    }
    return new Promise<T>((resolve, reject) => {
      const pass = (): Promise<T> => {
        const outcome = begin();
        outcome.then(resolve, reject);
        return outcome;
      };
      this.#queue.push({ opening, isAlone, begin: pass });
    });
  }

  #hold<T>(begin: () => Promise<T>): Promise<T> {
    this.#isHeld = true;
    const outcome = begin();
    const end = (): void => this.#goOn();
    outcome.then(end, end);
    return outcome;
  }

  /** Whether a call has to wait, and all others with it. */
  #waitsFor(opening: Opening): boolean {
    const opened = opening();
    if (opened === undefined) return false;
    this.#isHeld = true;
    const end = (): void => this.#goOn(true);
    opened.then(end, end);
    return true;
  }

  /**
   * Begins all that wait, up to the next one that stands alone.
   * @param hasOpened whether there is what they need, or it cannot be had
   */
  #goOn(hasOpened = false): void {
    for (; this.#head < this.#queue.length; this.#head++) {
      const { opening, isAlone, begin } = this.#queue[this.#head] as Waiting;
      if (!hasOpened && this.#waitsFor(opening)) return;
      if (isAlone()) {
        this.#head++;
        void this.#hold(begin);
        return;
      }
      void begin();
    }
    this.#queue = [];
    this.#head = 0;
    this.#isHeld = false;
  }
}
