import type { ReplyWriter } from "../protocol/reply-writer.ts";

/** What takes bytes on their way to a client. */
export interface Recipient {
  /**
   * Takes a part of a buffer.
   * @returns false where it goes on holding the buffer, which must not be written to then
   */
  write(bytes: Buffer, start: number, end: number): boolean;
}

/** A part of a buffer on its way to a client; without one of its own, of the shared writer's. */
interface Part {
  readonly recipient: Recipient;
  readonly start: number;
  readonly end: number;
  readonly own: Buffer | undefined;
}

/**
 * The replies of all clients until they leave, one behind the other in one buffer. They leave when
 * all has been carried out that was read in this turn of the event loop: clients that wait for
 * replies are then woken once, and what each of them gets goes in one write.
 */
export class Outbox {
  /** Where replies are written. */
  readonly reply: ReplyWriter;
  #parts: Part[] = [];
  #isScheduled = false;
  readonly #flushSoon = (): void => {
    this.#isScheduled = false;
    this.flush();
  };

  constructor(reply: ReplyWriter) {
    this.reply = reply;
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
    const parts = this.#parts;
    if (parts.length === 0) return;
    this.#parts = [];
    const shared = this.reply.view();
    let isFree = true;
    for (const { recipient, start, end, own } of parts) {
      if (!recipient.write(own ?? shared, start, end) && own === undefined) isFree = false;
    }
    if (isFree) this.reply.reset();
    else this.reply.release();
  }

  #push(part: Part): void {
    this.#parts.push(part);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#flushSoon);
  }
}
