/** The calls that a signal may end: they share one listener, which stays as long as there are any. */
class SignalListener {
  readonly #signal: AbortSignal;
  readonly #aborts = new Set<() => void>();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener("abort", this.#abortAll);
  }

  add(abort: () => void): void {
    this.#aborts.add(abort);
  }

  delete(abort: () => void): void {
    if (!this.#aborts.delete(abort) || this.#aborts.size > 0) return;
    this.#signal.removeEventListener("abort", this.#abortAll);
    LISTENERS.delete(this.#signal);
  }

  readonly #abortAll = (): void => {
    for (const abort of this.#aborts) abort();
  };
}

/** Of the signals that may end calls under way. Many listeners on one signal would be taken for a leak. */
const LISTENERS = new WeakMap<AbortSignal, SignalListener>();

/**
 * The outcome of a call that its signal, if there is one, may end before: then it rejects with the
 * signal's reason at once, whatever becomes of the call. No listener stays on the signal.
 */
export function abortable<T>(
  pending: Promise<T>,
  signal: AbortSignal | undefined,
  onAbort?: () => void,
): Promise<T> {
  if (signal === undefined) return pending;
  return new Promise<T>((resolve, reject) => {
    const listener = listenerOf(signal);
    const abort = (): void => {
      listener.delete(abort);
      onAbort?.();
      reject(signal.reason);
    };
    listener.add(abort);
    const settled = <V>(outcome: V): V => {
      listener.delete(abort);
      return outcome;
    };
    pending.then(
      (outcome) => resolve(settled(outcome)),
      (error: unknown) => reject(settled(error)),
    );
  });
}

function listenerOf(signal: AbortSignal): SignalListener {
  const known = LISTENERS.get(signal);
  if (known !== undefined) return known;
  const listener = new SignalListener(signal);
  LISTENERS.set(signal, listener);
  return listener;
}
