import type { Effect } from "../../engine/effects.ts";
import { digitsOf, putDigits, putHead, putLineEnd, putText } from "../../protocol/wire-text.ts";
import type { ZMember } from "../../structures/z-member.ts";

/** What the first effect allocates. */
const START_BYTES = 64 * 1024;
/**
 * A buffer that grew beyond this is let go once it is empty, lest one large effect is paid for
 * ever.
 */
const KEPT_BYTES_MAX = 2 * 1024 * 1024;
/** A command names at most so many members: who reads it takes bounded steps. */
const MEMBERS_MAX = 1000;
/** What every command takes beside its texts: more than its name and options with their heads. */
const COMMAND_BYTES = 96;
/** What a text takes beside its bytes: `$`, its length, two line ends. */
const TEXT_BYTES = 1 + 10 + 4;
/** What a score takes at most: its head, and 24 chars. */
const SCORE_BYTES = 40;

const DIGIT_0 = 0x30;
const MINUS = 0x2d;
const ASTERISK = 0x2a;
const DOLLAR = 0x24;
const LETTER_A = 0x61;

const INT32_MAX = 0x7fffffff;
/** Larger integers are written in two parts, each of which fits 32 bits. */
const PART = 1_000_000_000;
const PART_DIGITS = 9;
/** Deadlines are integers of 64 bits to whoever reads them. */
const DEADLINE_MAX = 2n ** 63n - 1n;

const NOTHING: Buffer = Buffer.alloc(0);

/** The head of a command: how many arguments, and its name. */
function head(count: number, name: string): Buffer {
  return Buffer.from(`*${count}\r\n$${name.length}\r\n${name}\r\n`, "latin1");
}

const SET = head(3, "SET");
const SET_UNTIL = head(5, "SET");
const PXAT = Buffer.from("$4\r\nPXAT\r\n", "latin1");
const APPEND = head(3, "APPEND");
const PEXPIREAT = head(3, "PEXPIREAT");
const PERSIST = head(2, "PERSIST");
const DEL = head(2, "DEL");
const ZADD_ONE = head(4, "ZADD");
const ZADD_NAME = Buffer.from("$4\r\nZADD\r\n", "latin1");
const ZREM_NAME = Buffer.from("$4\r\nZREM\r\n", "latin1");
const FLUSHDB = head(1, "FLUSHDB");
const SWAPDB = head(3, "SWAPDB");
const SELECT = head(2, "SELECT");
const MULTI = head(1, "MULTI");
const EXEC = head(1, "EXEC");
const CHECKSUM = Buffer.from("#CRC32:", "latin1");
const CHECKSUM_DIGITS = 8;

/** How far the unit is that is open. */
const UNIT = { empty: 0, oneCommand: 1, framed: 2 } as const;

/**
 * Effects on their way to a file, as the commands that give the same state again
 * (https://redis.io/docs/latest/develop/reference/protocol-spec/): each call appends to a buffer.
 * What belongs together, a unit, is framed by MULTI and EXEC where it takes more than one command.
 * O(length) for each effect; nothing is allocated but by growth, and for scores that are no integers.
 */
export class EffectEncoder {
  #buffer = NOTHING;
  #length = 0;
  /** Which database commands act on that follow; -1: nobody knows. */
  #database = -1;
  #unit: number = UNIT.empty;
  /** Where the first command of the unit begins. */
  #unitStart = 0;

  /** Bytes that wait to be written. */
  get length(): number {
    return this.#length;
  }

  /** What waits to be written: valid until the next call. */
  view(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Appends what an effect on a database of this number takes. */
  encode(database: number, effect: Effect): void {
    if (database !== this.#database) this.#select(database);
    switch (effect.type) {
      case "set":
        this.#set(effect.key, effect.value, effect.expiresAt);
        break;
      case "append":
        this.#oneText(APPEND, effect.key, effect.data);
        break;
      case "expire":
        this.#expire(effect.key, effect.expiresAt);
        break;
      case "delete":
        this.#oneText(DEL, effect.key);
        break;
      case "zadd":
        this.#zadd(effect.key, effect.members);
        break;
      case "zrem":
        this.#zrem(effect.key, effect.members);
        break;
      case "clear": {
        const buffer = this.#begin(COMMAND_BYTES);
        this.#length = putBytes(buffer, this.#length, FLUSHDB);
        break;
      }
    }
  }

  /** Appends that the keys of two databases were exchanged. */
  swap(a: number, b: number): void {
    const buffer = this.#begin(COMMAND_BYTES);
    let at = putBytes(buffer, this.#length, SWAPDB);
    at = putInteger(buffer, at, a);
    this.#length = putInteger(buffer, at, b);
  }

  /** What follows is there, or not, regardless of what was before. */
  endUnit(): void {
    if (this.#unit === UNIT.framed) {
      const buffer = this.#reserve(EXEC.length);
      this.#length = putBytes(buffer, this.#length, EXEC);
    }
    this.#unit = UNIT.empty;
  }

  /** Appends a line with the checksum of everything before it; no unit may be open. */
  checksum(crc: number): void {
    const buffer = this.#reserve(CHECKSUM.length + CHECKSUM_DIGITS + 2);
    let at = putBytes(buffer, this.#length, CHECKSUM);
    for (let shift = 28; shift >= 0; shift -= 4) {
      const digit = (crc >>> shift) & 0xf;
      buffer[at++] = digit < 10 ? DIGIT_0 + digit : LETTER_A + digit - 10;
    }
    this.#length = putLineEnd(buffer, at);
  }

  /** Takes back everything beyond `length` bytes. */
  truncate(length: number): void {
    this.#length = length;
  }

  /** What waited was written: goes on from the start of the buffer. */
  clear(): void {
    this.#length = 0;
    this.#unit = UNIT.empty;
    if (this.#buffer.length > KEPT_BYTES_MAX) this.#buffer = NOTHING;
  }

  /** Goes on with another file, of which nobody knows which database is selected. */
  reset(): void {
    this.clear();
    this.#database = -1;
  }

  #select(database: number): void {
    if (this.#unit === UNIT.oneCommand) this.#frame();
    const buffer = this.#reserve(COMMAND_BYTES);
    const at = putBytes(buffer, this.#length, SELECT);
    this.#length = putInteger(buffer, at, database);
    this.#database = database;
  }

  #set(key: string, value: string, expiresAt: number): void {
    const buffer = this.#begin(COMMAND_BYTES + key.length + value.length);
    const isLasting = expiresAt === Infinity;
    let at = putBytes(buffer, this.#length, isLasting ? SET : SET_UNTIL);
    at = putBulk(buffer, at, key);
    at = putBulk(buffer, at, value);
    if (!isLasting) at = putDeadline(buffer, putBytes(buffer, at, PXAT), expiresAt);
    this.#length = at;
  }

  #expire(key: string, expiresAt: number): void {
    if (expiresAt === Infinity) {
      this.#oneText(PERSIST, key);
      return;
    }
    const buffer = this.#begin(COMMAND_BYTES + key.length);
    const at = putBulk(buffer, putBytes(buffer, this.#length, PEXPIREAT), key);
    this.#length = putDeadline(buffer, at, expiresAt);
  }

  #oneText(name: Buffer, key: string, data?: string): void {
    const buffer = this.#begin(COMMAND_BYTES + key.length + (data?.length ?? 0));
    let at = putBulk(buffer, putBytes(buffer, this.#length, name), key);
    if (data !== undefined) at = putBulk(buffer, at, data);
    this.#length = at;
  }

  #zadd(key: string, members: readonly ZMember[]): void {
    if (members.length !== 1) {
      this.#zaddMany(key, members);
      return;
    }
    const { member, score } = members[0] as ZMember;
    const buffer = this.#begin(COMMAND_BYTES + SCORE_BYTES + key.length + member.length);
    let at = putBulk(buffer, putBytes(buffer, this.#length, ZADD_ONE), key);
    at = putScore(buffer, at, score);
    this.#length = putBulk(buffer, at, member);
  }

  #zaddMany(key: string, members: readonly ZMember[]): void {
    for (let start = 0; start < members.length; start += MEMBERS_MAX) {
      const end = Math.min(members.length, start + MEMBERS_MAX);
      let bytes = COMMAND_BYTES + key.length;
      for (let i = start; i < end; i++) {
        bytes += SCORE_BYTES + TEXT_BYTES + (members[i] as ZMember).member.length;
      }
      const buffer = this.#begin(bytes);
      let at = putCount(buffer, this.#length, 2 + 2 * (end - start), ZADD_NAME);
      at = putBulk(buffer, at, key);
      for (let i = start; i < end; i++) {
        const { member, score } = members[i] as ZMember;
        at = putBulk(buffer, putScore(buffer, at, score), member);
      }
      this.#length = at;
    }
  }

  #zrem(key: string, members: readonly string[]): void {
    for (let start = 0; start < members.length; start += MEMBERS_MAX) {
      const end = Math.min(members.length, start + MEMBERS_MAX);
      let bytes = COMMAND_BYTES + key.length;
      for (let i = start; i < end; i++) bytes += TEXT_BYTES + (members[i] as string).length;
      const buffer = this.#begin(bytes);
      let at = putCount(buffer, this.#length, 2 + end - start, ZREM_NAME);
      at = putBulk(buffer, at, key);
      for (let i = start; i < end; i++) at = putBulk(buffer, at, members[i] as string);
      this.#length = at;
    }
  }

  /** Begins a command. @returns the buffer, with room for so many bytes more */
  #begin(bytes: number): Buffer {
    if (this.#unit === UNIT.empty) {
      this.#unitStart = this.#length;
      this.#unit = UNIT.oneCommand;
    } else if (this.#unit === UNIT.oneCommand) this.#frame();
    const buffer = this.#buffer;
    return this.#length + bytes <= buffer.length ? buffer : this.#grow(this.#length + bytes);
  }

  /** A second command comes: moves the first one, so that both are framed. */
  #frame(): void {
    const buffer = this.#reserve(MULTI.length);
    buffer.copyWithin(this.#unitStart + MULTI.length, this.#unitStart, this.#length);
    putBytes(buffer, this.#unitStart, MULTI);
    this.#length += MULTI.length;
    this.#unit = UNIT.framed;
  }

  #reserve(bytes: number): Buffer {
    const buffer = this.#buffer;
    return this.#length + bytes <= buffer.length ? buffer : this.#grow(this.#length + bytes);
  }

  #grow(bytesMin: number): Buffer {
    const grown = Buffer.allocUnsafeSlow(Math.max(bytesMin, START_BYTES, this.#buffer.length * 2));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
    return grown;
  }
}

/** Copies a few bytes; returns where they end. */
function putBytes(buffer: Buffer, start: number, bytes: Buffer): number {
  const { length } = bytes;
  for (let i = 0; i < length; i++) buffer[start + i] = bytes[i] as number;
  return start + length;
}

/** Writes a byte string with its head; returns where it ends. */
function putBulk(buffer: Buffer, start: number, text: string): number {
  const at = putHead(buffer, start, DOLLAR, text.length);
  return putLineEnd(buffer, putText(buffer, at, text));
}

/** Writes how many arguments follow, and the first of them. */
function putCount(buffer: Buffer, start: number, count: number, name: Buffer): number {
  return putBytes(buffer, putHead(buffer, start, ASTERISK, count), name);
}

/** Writes a score in its shortest spelling with its head. */
function putScore(buffer: Buffer, start: number, score: number): number {
  if (Number.isSafeInteger(score) && !Object.is(score, -0)) return putInteger(buffer, start, score);
  return putBulk(buffer, start, scoreText(score));
}

/** The shortest text that reads back to the same double. */
function scoreText(score: number): string {
  if (score === Infinity) return "inf";
  if (score === -Infinity) return "-inf";
  return score === 0 ? "-0" : String(score);
}

/** Writes a deadline in whole milliseconds: none is earlier than it was. */
function putDeadline(buffer: Buffer, start: number, deadline: number): number {
  const whole = Math.ceil(deadline);
  if (Number.isSafeInteger(whole)) return putInteger(buffer, start, whole);
  const exact = BigInt(whole);
  return putBulk(buffer, start, String(exact < DEADLINE_MAX ? exact : DEADLINE_MAX));
}

/** Writes an integer below 2^53 as a text with its head. */
function putInteger(buffer: Buffer, start: number, value: number): number {
  const magnitude = value < 0 ? -value : value;
  const high = magnitude > INT32_MAX ? Math.floor(magnitude / PART) : 0;
  const low = high === 0 ? magnitude : magnitude - high * PART;
  const digits = high === 0 ? digitsOf(low) : digitsOf(high) + PART_DIGITS;
  const first = putHead(buffer, start, DOLLAR, value < 0 ? digits + 1 : digits);
  let at = first;
  if (value < 0) buffer[at++] = MINUS;
  const end = at + digits;
  if (high === 0) putDigits(buffer, at, end, low);
  else {
    putDigits(buffer, at, end - PART_DIGITS, high);
    putDigits(buffer, end - PART_DIGITS, end, low);
  }
  return putLineEnd(buffer, end);
}
