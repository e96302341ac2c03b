import { TEXT_BYTES_MAX, textOf } from "./byte-text.ts";
import { splitInlineCommand } from "./inline-command.ts";
import { NameCache } from "./name-cache.ts";
import { parseInteger } from "./number-text.ts";

/** What a client may ask of a decoder. The figures in the comments are Redis' own. */
export interface RequestLimits {
  /** The longest argument: `proto-max-bulk-len`, 512 MiB. A string of V8 ends 24 bytes below. */
  readonly maxBulkBytes: number;
  /** The most arguments of one command: 2^31 - 1. */
  readonly maxArguments: number;
  /** The longest line, an inline command or the head of an argument: 64 KiB. */
  readonly maxInlineBytes: number;
  /** What is held of a command that is not complete: `client-query-buffer-limit`, 1 GiB. */
  readonly maxBufferedBytes: number;
}

/** The most arguments of one command before a client has authenticated. */
const UNAUTHENTICATED_ARGUMENTS_MAX = 10;
/** The longest argument before a client has authenticated. */
const UNAUTHENTICATED_BULK_BYTES_MAX = 16_384;
/**
 * Counts of so many digits are read byte by byte; longer ones are an error or padded with zeros.
 */
const SHORT_COUNT_DIGITS = 9;
/** What an argument takes beside its bytes: the head of a string, and a slot of an array. */
const ARGUMENT_OVERHEAD_BYTES = 24;
/** The first own buffer for a command that arrives in pieces. */
const HELD_BYTES_MIN = 256;
/** Room behind a large argument for what the read that completes it brings beyond its end. */
const READ_BYTES = 64 * 1024;

const LINE_END_BYTES = 2;
const CR = 0x0d;
const LF = 0x0a;
const NUL = 0x00;
const DIGIT_0 = 0x30;
const ASTERISK = 0x2a;
const DOLLAR = 0x24;

const NOTHING: Buffer = Buffer.alloc(0);

/**
 * A request that breaks the protocol: its message is what Redis says after `ERR Protocol error: `.
 */
export class ProtocolError extends Error {
  override readonly name: string = "ProtocolError";
}

/** A request beyond `maxBufferedBytes`: Redis closes such a connection without a reply. */
export class QueryBufferError extends ProtocolError {
  override readonly name = "QueryBufferError";
}

/** Commands of so many arguments at most, none longer than so many bytes, are of the usual kind. */
const FEW_ARGUMENTS = 9;
const SHORT_BULK_BYTES = 1024;
/** A type, one digit, a line end. */
const HEAD_BYTES = 4;

/** Arguments to be filled in: as long as they will be, so that nothing grows. */
function blankArguments(count: number): string[] {
  switch (count) {
    case 1:
      return [""];
    case 2:
      return ["", ""];
    case 3:
      return ["", "", ""];
    case 4:
      return ["", "", "", ""];
    default:
      return new Array<string>(count).fill("");
  }
}

/**
 * A streaming decoder of what clients send: commands as arrays of bulk strings, and inline commands
 * (https://redis.io/docs/latest/develop/reference/protocol-spec/). Chunks go in, however cut;
 * commands come out as arguments in byte strings.
 *
 * A chunk is borrowed until `next` gives `undefined`: what is left of it then is copied. What an
 * announced length promises is not allocated before it arrives: at most twice what was received
 * is held. O(length) in all, in any number of chunks.
 */
export class RequestDecoder {
  /** Whether the full limits hold; without, 10 arguments of 16 KiB, as before `AUTH`. */
  isAuthenticated = true;
  readonly #limits: RequestLimits;
  readonly #names: NameCache;
  /** What is not decoded yet is `#buffer[#at, #end)`. */
  #buffer = NOTHING;
  #at = 0;
  #end = 0;
  /** Whether `#buffer` is this decoder's own and may be written beyond `#end`. */
  #isOwn = false;
  /** Bytes from `#at` that were searched for a line end in vain. */
  #searched = 0;
  /** The command that is half decoded: its arguments, their bytes, and how many are to come. */
  #arguments: string[] = [];
  #argumentBytes = 0;
  #argumentsLeft = 0;
  /** The announced length of the argument at `#at`; -1 while its head has not been read. */
  #bulkBytes = -1;
  #error: ProtocolError | undefined;
  /** Up to where a command is of the usual kind, within the limits. */
  #fewArguments = 0;
  #shortBytes = 0;

  /** Decoders that share a `NameCache` also share the strings of their commands' names. */
  constructor(limits: RequestLimits, names: NameCache = new NameCache()) {
    this.#limits = limits;
    this.#names = names;
  }

  /** Bytes that are held for commands to come; more than `maxBufferedBytes` are an error. */
  get bufferedBytes(): number {
    return this.#end - this.#at + this.#argumentBytes;
  }

  /** Takes the next bytes of the stream. Too many of them are an error that `next` throws. */
  push(chunk: Buffer): void {
    if (this.#error !== undefined) return;
    this.#fewArguments = Math.min(FEW_ARGUMENTS, this.#limits.maxArguments);
    this.#shortBytes = Math.min(SHORT_BULK_BYTES, this.#limits.maxBulkBytes);
    if (this.bufferedBytes + chunk.length > this.#limits.maxBufferedBytes) {
      this.#break(queryBufferError());
    } else if (this.#at === this.#end) {
      this.#hold(chunk, 0, chunk.length, false);
    } else {
      this.#append(chunk);
    }
  }

  /**
   * The name and the arguments of the next complete command, or `undefined` when more bytes are
   * needed. Empty commands are passed over.
   *
   * @throws ProtocolError, and the same one from then on.
   */
  next(): string[] | undefined {
    if (this.#error !== undefined) throw this.#error;
    for (;;) {
      if (this.#argumentsLeft === 0) {
        if (this.#at === this.#end) break;
        const whole = this.#readWhole();
        if (whole !== undefined) return whole;
        if (this.#buffer[this.#at] !== ASTERISK) {
          const words = this.#readInline();
          if (words === undefined) break;
          if (words.length > 0) return words;
          continue;
        }
        const count = this.#readMultibulkCount();
        if (count === undefined) break;
        if (count <= 0) continue;
        this.#argumentsLeft = count;
      }
      if (!this.#readArguments()) break;
      const command = this.#arguments;
      this.#arguments = [];
      this.#argumentBytes = 0;
      return command;
    }
    this.#keepRest();
    return undefined;
  }

  /**
   * The next command where it is of the most usual kind, few and short arguments, and all there;
   * else nothing is read, and the careful way goes over the same bytes. Half of a server's own work
   * is done here.
   */
  #readWhole(): string[] | undefined {
    const buffer = this.#buffer;
    const end = this.#end;
    let at = this.#at;
    const count = (buffer[at + 1] as number) - DIGIT_0;
    if (buffer[at] !== ASTERISK || buffer[at + 2] !== CR) return undefined;
    if (!(count > 0 && count <= this.#fewArguments)) return undefined;
    at += HEAD_BYTES;
    const argv = blankArguments(count);
    for (let i = 0; i < count; i++) {
      if (buffer[at] !== DOLLAR) return undefined;
      let length = (buffer[at + 1] as number) - DIGIT_0;
      at += 2;
      if (!(length >= 0 && length <= 9)) return undefined;
      if (length > 0) {
        let digit = (buffer[at] as number) - DIGIT_0;
        while (digit >= 0 && digit <= 9 && length <= this.#shortBytes) {
          length = length * 10 + digit;
          digit = (buffer[++at] as number) - DIGIT_0;
        }
      }
      const start = at + LINE_END_BYTES;
      const next = start + length + LINE_END_BYTES;
      if (length > this.#shortBytes || buffer[at] !== CR || next > end) return undefined;
      argv[i] =
        i === 0
          ? this.#names.textOf(buffer, start, start + length)
          : textOf(buffer, start, start + length);
      at = next;
    }
    this.#at = at;
    this.#searched = 0;
    return argv;
  }

  /** How many arguments are announced, none or fewer for a command to pass over. */
  #readMultibulkCount(): number | undefined {
    const count = this.#readCount("too big mbulk count string");
    if (count === undefined) return undefined;
    if (Number.isNaN(count) || count > this.#limits.maxArguments) {
      return this.#fail("invalid multibulk length");
    }
    if (count > UNAUTHENTICATED_ARGUMENTS_MAX && !this.isAuthenticated) {
      return this.#fail("unauthenticated multibulk length");
    }
    return count;
  }

  /** Reads the arguments that are still to come; false when bytes are missing. */
  #readArguments(): boolean {
    while (this.#argumentsLeft > 0) {
      if (this.#bulkBytes < 0 && !this.#readBulkHead()) return false;
      const start = this.#at;
      const end = start + this.#bulkBytes;
      if (end + LINE_END_BYTES > this.#end) return false;
      const isName = this.#arguments.length === 0;
      this.#arguments.push(
        isName ? this.#names.textOf(this.#buffer, start, end) : textOf(this.#buffer, start, end),
      );
      this.#argumentBytes += this.#bulkBytes + ARGUMENT_OVERHEAD_BYTES;
      // As Redis does, the two bytes after an argument are taken for a line end unseen.
      this.#at = end + LINE_END_BYTES;
      this.#bulkBytes = -1;
      this.#argumentsLeft--;
    }
    return true;
  }

  #readBulkHead(): boolean {
    const type = this.#buffer[this.#at];
    const tooBig = "too big bulk count string";
    const bytes = type === DOLLAR ? this.#readCount(tooBig) : this.#readUnusualCount(tooBig);
    if (bytes === undefined) return false;
    if (type !== DOLLAR) this.#fail(`expected '$', got '${String.fromCharCode(type as number)}'`);
    if (!(bytes >= 0 && bytes <= Math.min(this.#limits.maxBulkBytes, TEXT_BYTES_MAX))) {
      this.#fail("invalid bulk length");
    }
    if (bytes > UNAUTHENTICATED_BULK_BYTES_MAX && !this.isAuthenticated) {
      this.#fail("unauthenticated bulk length");
    }
    this.#bulkBytes = bytes;
    return true;
  }

  /** The integer of a line `*12` or `$12`, NaN where there is none; `undefined` for half a line. */
  #readCount(tooBig: string): number | undefined {
    const buffer = this.#buffer;
    const start = this.#at + 1;
    const digitsEnd = Math.min(this.#end, start + SHORT_COUNT_DIGITS);
    let count = 0;
    let at = start;
    for (; at < digitsEnd; at++) {
      const digit = (buffer[at] as number) - DIGIT_0;
      if (digit < 0 || digit > 9) break;
      count = count * 10 + digit;
    }
    const isPlain = at === start + 1 || (at > start && buffer[start] !== DIGIT_0);
    if (isPlain && at + 1 < this.#end && buffer[at] === CR) {
      this.#at = at + LINE_END_BYTES;
      this.#searched = 0;
      return count;
    }
    return this.#readUnusualCount(tooBig);
  }

  #readUnusualCount(tooBig: string): number | undefined {
    const end = this.#findLineEnd(CR, tooBig);
    if (end === undefined || end + 1 >= this.#end) return undefined;
    const text = this.#buffer.toString("latin1", this.#at + 1, end);
    this.#at = end + LINE_END_BYTES;
    this.#searched = 0;
    return parseInteger(text) ?? Number.NaN;
  }

  /** The words of a line; `undefined` for half a line. */
  #readInline(): string[] | undefined {
    const end = this.#findLineEnd(LF, "too big inline request");
    if (end === undefined) return undefined;
    const hasCr = end > this.#at && this.#buffer[end - 1] === CR;
    const line = this.#buffer.toString("latin1", this.#at, hasCr ? end - 1 : end);
    const words = splitInlineCommand(line);
    if (words === undefined) return this.#fail("unbalanced quotes in request");
    this.#at = end + 1;
    this.#searched = 0;
    return words;
  }

  /** Where the line at `#at` ends. Redis searches as C does: no line end is found beyond a NUL. */
  #findLineEnd(lineEnd: number, tooBig: string): number | undefined {
    const buffer = this.#buffer;
    const end = this.#end;
    const start = this.#at;
    let at = start + this.#searched;
    while (at < end && buffer[at] !== lineEnd && buffer[at] !== NUL) at++;
    const isFound = at < end && buffer[at] === lineEnd;
    // A line end that is not there yet can be at `end` at the earliest.
    if ((isFound ? at : end) - start > this.#limits.maxInlineBytes) return this.#fail(tooBig);
    this.#searched = at - start;
    return isFound ? at : undefined;
  }

  #fail(message: string): never {
    throw this.#break(new ProtocolError(message));
  }

  /** After an error nothing is decoded any more, and nothing held. */
  #break(error: ProtocolError): ProtocolError {
    this.#error = error;
    this.#arguments = [];
    this.#argumentBytes = 0;
    this.#hold(NOTHING, 0, 0, false);
    return error;
  }

  #hold(buffer: Buffer, at: number, end: number, isOwn: boolean): void {
    this.#buffer = buffer;
    this.#at = at;
    this.#end = end;
    this.#isOwn = isOwn;
  }

  /** Gives the last chunk back to its owner: copies what is left of it, and lets go of the rest. */
  #keepRest(): void {
    if (this.bufferedBytes > this.#limits.maxBufferedBytes) throw this.#break(queryBufferError());
    const left = this.#end - this.#at;
    const capacity = this.#capacityFor(left);
    if (left === 0) this.#hold(NOTHING, 0, 0, false);
    else if (!this.#isOwn || this.#buffer.length > capacity * 2) this.#moveTo(capacity);
  }

  #append(chunk: Buffer): void {
    const left = this.#end - this.#at;
    if (!this.#isOwn || this.#end + chunk.length > this.#buffer.length) {
      // What was decoded is moved out of the way only once it is the larger part, so that each
      // byte moves a bounded number of times.
      if (this.#isOwn && this.#at > left && left + chunk.length <= this.#buffer.length) {
        this.#buffer.copyWithin(0, this.#at, this.#end);
        this.#hold(this.#buffer, 0, left, true);
      } else {
        this.#moveTo(this.#capacityFor(left + chunk.length));
      }
    }
    chunk.copy(this.#buffer, this.#end);
    this.#end += chunk.length;
  }

  /** Twice what is to be held now, but hardly more than the argument that is being received. */
  #capacityFor(bytes: number): number {
    const doubled = Math.max(bytes * 2, HELD_BYTES_MIN);
    const argumentBytes = this.#bulkBytes + LINE_END_BYTES;
    return bytes > argumentBytes ? doubled : Math.min(doubled, argumentBytes + READ_BYTES);
  }

  #moveTo(capacity: number): void {
    // Not from the shared pool, which a client that never completes a command would keep alive.
    const own = Buffer.allocUnsafeSlow(capacity);
    this.#buffer.copy(own, 0, this.#at, this.#end);
    this.#hold(own, 0, this.#end - this.#at, true);
  }
}

function queryBufferError(): QueryBufferError {
  return new QueryBufferError("query buffer limit exceeded");
}
