import { formatDouble } from "./number-text.ts";
import { putHead, putLineEnd, putText } from "./wire-text.ts";

/** What the first write allocates: replies to one read of a socket mostly fit. */
const START_BYTES = 16 * 1024;
/**
 * A buffer that grew beyond this is let go by the next `reset`, so that one large reply is not paid
 * for ever.
 */
const KEPT_BYTES_MAX = 64 * 1024;
/** A type char, an integer of 64 bits with its sign, and a line end. */
const HEADER_BYTES_MAX = 1 + 20 + 2;
const LINE_END_BYTES = 2;
/** What a writer holds at most, unless it is told otherwise. */
const BYTES_MAX = 1024 * 1024 * 1024;
/** The shortest reply: RESP3's null. */
const REPLY_BYTES_MIN = 3;
/** Counts are written in 32-bit arithmetic. */
const COUNT_MAX = 0x7fffffff;

const CR = 0x0d;
const LF = 0x0a;
const DIGIT_0 = 0x30;
const MINUS = 0x2d;

/** The first byte of each reply type of RESP2 and RESP3. */
const TYPE = {
  simple: 0x2b,
  error: 0x2d,
  integer: 0x3a,
  bulk: 0x24,
  array: 0x2a,
  null: 0x5f,
  double: 0x2c,
  boolean: 0x23,
  bigNumber: 0x28,
  verbatim: 0x3d,
  map: 0x25,
  set: 0x7e,
  push: 0x3e,
  attribute: 0x7c,
} as const;

const NOTHING: Buffer = Buffer.alloc(0);

/** Replies that are longer than a writer may hold: what was written until then is still there. */
export class ReplyTooLongError extends Error {
  override readonly name = "ReplyTooLongError";

  constructor(bytesMax: number) {
    super(`the reply is too long: more than ${bytesMax} bytes`);
  }
}

/**
 * The replies of one connection on their way out: each call appends one reply, or the head of an
 * aggregate, in RESP2 or RESP3 (https://redis.io/docs/latest/develop/reference/protocol-spec/), to a
 * buffer that grows. Texts are byte strings. O(length) for each reply, nothing is allocated but
 * by growth.
 */
export class ReplyWriter {
  /** The protocol that `HELLO` chose; replies before it was changed stay as they are. */
  version: 2 | 3 = 2;
  readonly #bytesMax: number;
  #buffer = NOTHING;
  #length = 0;

  /**
   * Whoever writes more than `bytesMax` bytes, by default 1 GiB, gets a {@link ReplyTooLongError}.
   */
  constructor(bytesMax = BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  /** Bytes written since the last `reset` or `release`. */
  get length(): number {
    return this.#length;
  }

  /** What was written: valid until the next write, or for good after `release`. */
  view(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /**
   * Takes back everything beyond `length` bytes, as when a command fails in the middle of its
   * reply.
   */
  truncate(length: number): void {
    if (length < this.#length) this.#length = length;
  }

  /**
   * Forgets what was written and writes from the start again, into the same buffer unless it grew
   * large.
   */
  reset(): void {
    this.#length = 0;
    if (this.#buffer.length > KEPT_BYTES_MAX) this.#buffer = NOTHING;
  }

  /** Leaves the buffer to whoever holds a `view` of it, and begins with another one. */
  release(): void {
    this.#length = 0;
    this.#buffer = NOTHING;
  }

  /** A status, such as `PONG`: one line. */
  simple(text: string): void {
    this.#line(TYPE.simple, text);
  }

  /** The status `OK`. */
  ok(): void {
    const buffer = this.#reserve(5);
    const at = this.#length;
    buffer[at] = TYPE.simple;
    buffer[at + 1] = 0x4f;
    buffer[at + 2] = 0x4b;
    buffer[at + 3] = CR;
    buffer[at + 4] = LF;
    this.#length = at + 5;
  }

  /**
   * An error, code first (`ERR no such key`). Line ends become spaces, since the first would end
   * it.
   */
  error(text: string): void {
    this.#line(TYPE.error, /[\r\n]/.test(text) ? text.replaceAll(/[\r\n]/g, " ") : text);
  }

  /** An integer of up to 64 bits. */
  integer(value: number | bigint): void {
    if (typeof value === "number" && value >= 0 && value <= COUNT_MAX) {
      this.#header(TYPE.integer, value);
    } else {
      this.#line(TYPE.integer, String(value));
    }
  }

  /** A byte string of any bytes. */
  bulk(text: string): void {
    const length = text.length;
    const buffer = this.#reserve(HEADER_BYTES_MAX + length + LINE_END_BYTES);
    const start = putHead(buffer, this.#length, TYPE.bulk, length);
    this.#length = putLineEnd(buffer, putText(buffer, start, text));
  }

  /** A byte string, or the null that stands for a missing one. */
  bulkOrNull(text: string | undefined): void {
    if (text === undefined) this.null();
    else this.bulk(text);
  }

  /** The null: RESP2's null bulk string, RESP3's only null. */
  null(): void {
    if (this.version === 2) this.#minusOne(TYPE.bulk);
    else this.#null();
  }

  /** The null where an array was expected: RESP2 has one of its own. */
  nullArray(): void {
    if (this.version === 2) this.#minusOne(TYPE.array);
    else this.#null();
  }

  /** The head of an array: `count` replies follow. */
  array(count: number): void {
    this.#aggregate(TYPE.array, count);
  }

  /** The head of a map: `pairs` times a key and its value follow. */
  map(pairs: number): void {
    if (this.version === 2) this.#aggregate(TYPE.array, pairs * 2);
    else this.#aggregate(TYPE.map, pairs);
  }

  /** The head of a set: `count` replies follow. */
  set(count: number): void {
    this.#aggregate(this.version === 2 ? TYPE.array : TYPE.set, count);
  }

  /** The head of a message that no request asked for: `count` replies follow. */
  push(count: number): void {
    this.#header(this.version === 2 ? TYPE.array : TYPE.push, count);
  }

  /**
   * The head of the attributes of the next reply, as pairs. RESP2 has none: not to be called there.
   */
  attribute(pairs: number): void {
    this.#header(TYPE.attribute, pairs);
  }

  /** A double, spelt as Redis 7.0 spells scores; a bulk string in RESP2. */
  double(value: number): void {
    this.longDouble(formatDouble(value));
  }

  /** A number that is already spelt; a bulk string in RESP2. */
  longDouble(text: string): void {
    if (this.version === 2) this.bulk(text);
    else this.#line(TYPE.double, text);
  }

  /** A truth value; 1 or 0 in RESP2. */
  boolean(value: boolean): void {
    if (this.version === 2) this.#header(TYPE.integer, value ? 1 : 0);
    else this.#line(TYPE.boolean, value ? "t" : "f");
  }

  /** An integer of any size in decimal digits; a bulk string in RESP2. */
  bigNumber(text: string): void {
    if (this.version === 2) this.bulk(text);
    else this.#line(TYPE.bigNumber, text);
  }

  /** A text for humans in a format of three chars, such as `txt`; a bulk string in RESP2. */
  verbatim(format: string, text: string): void {
    if (this.version === 2) {
      this.bulk(text);
      return;
    }
    const length = format.length + 1 + text.length;
    const buffer = this.#reserve(HEADER_BYTES_MAX + length + LINE_END_BYTES);
    const start = putHead(buffer, this.#length, TYPE.verbatim, length);
    const end = putText(buffer, putText(buffer, start, `${format}:`), text);
    this.#length = putLineEnd(buffer, end);
  }

  /** A line: a type char, a text, a line end. */
  #line(type: number, text: string): void {
    const buffer = this.#reserve(1 + text.length + LINE_END_BYTES);
    buffer[this.#length] = type;
    this.#length = putLineEnd(buffer, putText(buffer, this.#length + 1, text));
  }

  /** The head of so many replies; where they cannot fit in any case, that is said beforehand. */
  #aggregate(type: number, count: number): void {
    if (count * REPLY_BYTES_MIN > this.#bytesMax) throw new ReplyTooLongError(this.#bytesMax);
    this.#header(type, count);
  }

  /** A line: a type char, a count, a line end. */
  #header(type: number, count: number): void {
    const buffer = this.#reserve(HEADER_BYTES_MAX);
    this.#length = putHead(buffer, this.#length, type, count);
  }

  #minusOne(type: number): void {
    const buffer = this.#reserve(5);
    const at = this.#length;
    buffer[at] = type;
    buffer[at + 1] = MINUS;
    buffer[at + 2] = DIGIT_0 + 1;
    this.#length = putLineEnd(buffer, at + 3);
  }

  #null(): void {
    const buffer = this.#reserve(3);
    buffer[this.#length] = TYPE.null;
    this.#length = putLineEnd(buffer, this.#length + 1);
  }

  /** The buffer, with room for so many bytes more. */
  #reserve(bytes: number): Buffer {
    const buffer = this.#buffer;
    return this.#length + bytes <= buffer.length ? buffer : this.#grow(this.#length + bytes);
  }

  #grow(bytesMin: number): Buffer {
    if (bytesMin > this.#bytesMax) throw new ReplyTooLongError(this.#bytesMax);
    const doubled = Math.min(this.#buffer.length * 2, this.#bytesMax);
    // Not from the shared pool, whose slices would keep it alive while a socket holds them.
    const grown = Buffer.allocUnsafeSlow(Math.max(bytesMin, START_BYTES, doubled));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
    return grown;
  }
}
