import type { ReplyWriter } from "../protocol/reply-writer.ts";
import type { CacheError } from "../errors.ts";
import { HELD_REPLY_BYTES_MAX } from "./limits.ts";

/** What takes bytes on their way to a client. */
export interface Recipient {
  /**
   * Takes a part of a buffer.
   * @returns false where it goes on holding the buffer, which must not be written to then
   */
  write(bytes: Buffer, start: number, end: number): boolean;
  /** Is told that everything before the call of {@link Outbox.finish} has left. */
  finish(): void;
  /** Ends without what would have been sent. */
  destroy(): void;
}

/** Makes what was done as safe as was asked for, before anybody is told that it was done. */
export interface Keeper {
  /** How often something could not be kept before it was waited for. */
  readonly failures: number;
  /** Hands what was recorded to the system. Never throws. */
  commit(): void;
  /**
   * Calls back, later, when all so far is safe, or cannot be.
   * @returns false where it is already
   */
  whenSettled(callback: (error?: CacheError) => void): boolean;
  /** Makes all so far safe before it returns. */
  settleNow(): void;
}

/** A part of a buffer on its way to a client; without one of its own, of the shared writer's. */
interface Part {
  readonly recipient: Recipient;
  readonly start: number;
  readonly end: number;
  readonly own: Buffer | undefined;
}

/** Replies that wait until what they tell is safe. */
interface Batch {
  /** Consecutive. */
  readonly number: number;
  readonly parts: readonly Part[];
  readonly shared: Buffer;
  readonly bytes: number;
  /** Who ends when it has left. */
  readonly finishing: Recipient[];
}

/**
 * The replies of all clients until they leave, one behind the other in one buffer. They leave when
 * all has been carried out that was read in this turn of the event loop: clients that wait for
 * replies are then woken once, and what each of them gets goes in one write.
 *
 * Where what is done is kept, it is handed to the system before. While it must be on the disk first,
 * replies are held back in batches, and everything behind them, too: nobody is to be told, nor to see,
 * what may be lost.
 */
export class Outbox {
  /** Where replies are written. */
  readonly reply: ReplyWriter;
  /** Who keeps what is done; `undefined`: nobody. */
  keeper: Keeper | undefined;
  #parts: Part[] = [];
  /** {@link Keeper.failures} before what the parts tell was done. */
  #failuresBefore = 0;
  #held: Batch[] = [];
  #heldBytes = 0;
  /** How many batches were held so far, and up to which one it will be told that they are safe. */
  #batches = 0;
  #awaited = 0;
  #isScheduled = false;
  readonly #flushSoon = (): void => {
    this.#isScheduled = false;
    this.flush();
  };

  constructor(reply: ReplyWriter) {
    this.reply = reply;
  }

  /** Bytes of replies that are held back. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Tells that something is about to be done. */
  begin(): void {
    if (this.keeper !== undefined && this.#parts.length === 0) {
      this.#failuresBefore = this.keeper.failures;
    }
  }

  /** Sends what was written from `start` on, soon. */
  add(recipient: Recipient, start: number): void {
    const end = this.reply.length;
    if (end > start) this.#push({ recipient, start, end, own: undefined });
  }

  /** Sends what another writer holds, soon, and leaves its buffer to the outbox. */
  addFrom(other: ReplyWriter, recipient: Recipient): void {
    const own = other.view();
    other.release();
    if (own.length > 0) this.#push({ recipient, start: 0, end: own.length, own });
  }

  /** Sends all now. Nothing may have been written that was not added. */
  flush(): void {
    if (this.keeper !== undefined && this.#mustWait(this.keeper)) return;
    if (this.#held.length > 0) this.#release(this.#held.splice(0), true);
    const parts = this.#parts;
    if (parts.length === 0) return;
    this.#parts = [];
    if (send(parts, this.reply.view())) this.reply.reset();
    else this.reply.release();
  }

  /** {@link flush} amid a transaction: what it did so far is not kept apart from the rest. */
  flushAmidTransaction(): void {
    if (this.keeper === undefined) this.flush();
    else this.#hold();
  }

  /** Sends all now, and tells the recipient when it has left. */
  finish(recipient: Recipient): void {
    this.flush();
    const last = this.#held.at(-1);
    if (last === undefined) recipient.finish();
    else last.finishing.push(recipient);
  }

  /** Hands what was done to the system. @returns whether replies wait */
  #mustWait(keeper: Keeper): boolean {
    if (this.#parts.length === 0 && this.#held.length === 0) return false;
    const last = this.#batches + (this.#parts.length === 0 ? 0 : 1);
    keeper.commit();
    // Where the disk is quick all is safe by now; where it fails, that was counted.
    const mustWait = keeper.whenSettled((error) => this.#settled(last, error));
    if (mustWait) {
      this.#hold();
      this.#awaited = last;
      // Those who wait are told of it by the call back.
      if (this.#heldBytes > HELD_REPLY_BYTES_MAX) keeper.settleNow();
      return true;
    }
    if (keeper.failures !== this.#failuresBefore) this.#dropTurn(keeper.failures);
    if (!this.#isAwaiting) return false;
    this.#hold();
    return true;
  }

  /** Whether batches are held of which it will be told when they are safe. */
  get #isAwaiting(): boolean {
    const [first] = this.#held;
    return first !== undefined && first.number <= this.#awaited;
  }

  #hold(): void {
    const parts = this.#parts;
    if (parts.length === 0) return;
    this.#parts = [];
    const shared = this.reply.view();
    this.reply.release();
    const bytes = parts.reduce((sum, { start, end }) => sum + end - start, 0);
    this.#heldBytes += bytes;
    this.#batches++;
    this.#held.push({ number: this.#batches, parts, shared, bytes, finishing: [] });
  }

  /** Everything up to a batch is safe, or cannot be made so. */
  #settled(last: number, error: CacheError | undefined): void {
    const later = this.#held.findIndex(({ number }) => number > last);
    this.#release(
      this.#held.splice(0, later === -1 ? this.#held.length : later),
      error === undefined,
    );
    // What came behind it and waited for nothing else.
    if (this.#held.length > 0 && !this.#isAwaiting) this.flush();
  }

  /** What was done in this turn may be lost, and nobody knows what of it. */
  #dropTurn(failures: number): void {
    this.#failuresBefore = failures;
    this.#hold();
    const first = this.#held.findIndex(({ number }) => number > this.#awaited);
    if (first !== -1) this.#release(this.#held.splice(first), false);
  }

  /** Sends what is safe; where it is not, the connections end without it. */
  #release(batches: readonly Batch[], isSafe: boolean): void {
    for (const { parts, shared, bytes, finishing } of batches) {
      this.#heldBytes -= bytes;
      if (isSafe) send(parts, shared);
      else for (const { recipient } of parts) recipient.destroy();
      for (const recipient of finishing) recipient.finish();
    }
  }

  #push(part: Part): void {
    this.#parts.push(part);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#flushSoon);
  }
}

/** @returns whether nobody goes on holding the shared buffer */
function send(parts: readonly Part[], shared: Buffer): boolean {
  let isFree = true;
  for (const { recipient, start, end, own } of parts) {
    if (!recipient.write(own ?? shared, start, end) && own === undefined) isFree = false;
  }
  return isFree;
}
