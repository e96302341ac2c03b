import { crc32 } from "node:zlib";
import { TEXT_BYTES_MAX, textOf } from "../../protocol/byte-text.ts";
import { NameCache } from "../../protocol/name-cache.ts";
import type { FileSystem } from "../file-system.ts";
import type { SoundPart } from "../repair-advice.ts";
import { JournalDamage } from "./journal-damage.ts";
import { CHECKSUM_LINE, CHECKSUM_START, isBlank, wasComplete } from "./journal-tail.ts";

/** What is read at once, unless a command is longer. */
const WINDOW_BYTES = 256 * 1024;
/** The longest line that is passed over. */
const LINE_BYTES_MAX = 1024;
/** Lengths have no more digits. */
const DIGITS_MAX = 10;
/** What the shortest argument takes: `$0`, and two line ends. */
const ARGUMENT_BYTES_MIN = 6;
const LINE_END_BYTES = 2;

const CR = 0x0d;
const LF = 0x0a;
const HASH = 0x23;
const DOLLAR = 0x24;
const ASTERISK = 0x2a;
const DIGIT_0 = 0x30;

/** Thrown where more bytes are needed than the window holds. */
const INCOMPLETE = new Error("incomplete");
/** Thrown where more bytes are needed than the file holds. */
const TORN = new Error("torn");

/**
 * The commands in a journal, one after the other. Only what is written exactly as it ought to be is
 * taken; lengths are believed as far as the file goes. Lines that begin with `#` are passed over,
 * and those with a checksum verified. O(length), in memory for the longest command.
 */
export class JournalReader {
  readonly #fs: FileSystem;
  readonly #fd: number;
  readonly #names = new NameCache();
  readonly #hasChecksums: boolean;
  #size: number;
  #window: Buffer;
  /** Where in the file the window begins; what of it is read and not parsed is `[#at, #end)`. */
  #start: number;
  #at = 0;
  #end = 0;
  /** The number that was read last. */
  #count = 0;
  /** Bytes from `#at` on that the command is known to take. */
  #needed = 0;
  /** The checksum of the file up to an offset. */
  #crc = 0;
  #summedTo: number;
  /** The offset up to which the file is whole, and the checksum up to there once that is passed. */
  #whole: number;
  #wholeCrc = 0;
  #commandOffset: number;
  /** Where the last checksum ends that was right; 0: none was found. */
  #verifiedOffset = 0;
  /** Whether there was a checksum, right or not. */
  #isChecked = false;
  #isTorn = false;

  /** Reads from an offset on; checksums are verified only from the beginning of a file on. */
  constructor(fs: FileSystem, fd: number, offset: number) {
    this.#fs = fs;
    this.#fd = fd;
    this.#size = fs.size(fd);
    this.#window = Buffer.allocUnsafeSlow(Math.min(WINDOW_BYTES, this.#size - offset));
    this.#start = offset;
    this.#summedTo = offset;
    this.#whole = offset;
    this.#commandOffset = offset;
    this.#hasChecksums = offset === 0;
  }

  /** Bytes of the whole file. */
  get size(): number {
    return this.#size;
  }

  /** Where what was read so far ends, in bytes from the beginning of the file. */
  get offset(): number {
    return this.#start + this.#at;
  }

  /** Where the command begins that was read last. */
  get commandOffset(): number {
    return this.#commandOffset;
  }

  /** Where the last whole unit ends. */
  get wholeOffset(): number {
    return this.#whole;
  }

  /** Whether the file ends within a command. */
  get isTorn(): boolean {
    return this.#isTorn;
  }

  /** Up to here nothing is missing: whoever reads says so where no unit is open. */
  markWhole(): void {
    this.#whole = this.offset;
  }

  /** What can be kept of a file that cannot be loaded as a whole. O(length). */
  soundPart(): SoundPart {
    const isChecked =
      this.#isChecked || (this.#hasChecksums && wasComplete(this.#fs, this.#fd, this.#whole));
    if (!isChecked) return { bytes: this.#whole, by: "form" };
    return { bytes: Math.min(this.#verifiedOffset, this.#whole), by: "checksum" };
  }

  /** The checksum of the file up to the last whole unit. */
  wholeCrc(): number {
    if (this.#whole >= this.#summedTo) this.#sum(this.#whole);
    return this.#wholeCrc;
  }

  /**
   * The next command, `undefined` at the end, or where the rest is torn.
   * @throws {JournalDamage} where something else is
   */
  next(): string[] | undefined {
    for (;;) {
      if (this.#at === this.#end && !this.#fill()) return undefined;
      const start = this.#at;
      this.#commandOffset = this.offset;
      try {
        const first = this.#window[start];
        if (first === ASTERISK) return this.#readCommand();
        if (first !== HASH)
          throw this.#damaged(start, "neither a command nor an annotation begins");
        this.#passAnnotation();
      } catch (error) {
        this.#at = start;
        if (error === INCOMPLETE && this.#fill()) continue;
        const isBeyondEnd = error === INCOMPLETE || error === TORN;
        if (!isBeyondEnd && !this.#isInBlankEnd(error)) throw error;
        this.#tear();
        return undefined;
      }
    }
  }

  /** The end of the file is reached while a unit is open. */
  endWithinUnit(): void {
    this.#tear();
  }

  /** Whether from the damage on there are only zeros. */
  #isInBlankEnd(error: unknown): boolean {
    return error instanceof JournalDamage && isBlank(this.#fs, this.#fd, error.offset);
  }

  /** What follows is incomplete: because it was never written, or because a length is wrong. */
  #tear(): void {
    this.#isTorn = true;
    if (wasComplete(this.#fs, this.#fd, this.#whole)) {
      throw new JournalDamage(this.#commandOffset, "what follows was complete once");
    }
  }

  /** Reads more into the window. @returns whether there was more */
  #fill(): boolean {
    const left = this.#end - this.#at;
    this.#sum(this.offset);
    const usual = Math.min(WINDOW_BYTES, this.#size - this.offset);
    const capacity = Math.max(this.#needed, left * 2, usual);
    if (capacity > this.#window.length || capacity < this.#window.length / 2) {
      const window = Buffer.allocUnsafeSlow(capacity);
      this.#window.copy(window, 0, this.#at, this.#end);
      this.#window = window;
    } else this.#window.copyWithin(0, this.#at, this.#end);
    this.#start += this.#at;
    this.#at = 0;
    this.#end = left;
    this.#needed = 0;
    const room = Math.min(this.#window.length, this.#size - this.#start);
    if (this.#end >= room) return false;
    while (this.#end < room) {
      const into = this.#window.subarray(this.#end, room);
      const count = this.#fs.read(this.#fd, into, this.#start + this.#end);
      // Somebody cut the file.
      if (count === 0) this.#size = this.#start + this.#end;
      if (count === 0) break;
      this.#end += count;
    }
    return this.#end > left;
  }

  #readCommand(): string[] {
    let at = this.#readCount(this.#at + 1);
    const count = this.#count;
    if (count === 0) throw this.#damaged(this.#at, "a command has no name");
    this.#need(at + count * ARGUMENT_BYTES_MIN);
    const argv = new Array<string>(count < 16 ? count : 0);
    for (let i = 0; i < count; i++) {
      if (at >= this.#end) throw INCOMPLETE;
      if (this.#window[at] !== DOLLAR) throw this.#damaged(at, "an argument does not begin with $");
      at = this.#readCount(at + 1);
      const end = at + this.#count;
      if (this.#count > TEXT_BYTES_MAX) throw this.#damaged(at, "an argument is too long");
      this.#need(end + LINE_END_BYTES);
      if (this.#window[end] !== CR || this.#window[end + 1] !== LF) {
        throw this.#damaged(
          this.#window[end] === CR ? end + 1 : end,
          "an argument does not end where it should",
        );
      }
      const text =
        i === 0 ? this.#names.textOf(this.#window, at, end) : textOf(this.#window, at, end);
      if (i < argv.length) argv[i] = text;
      else argv.push(text);
      at = end + LINE_END_BYTES;
    }
    this.#at = at;
    return argv;
  }

  /** Reads a number and a line end; returns where they end. */
  #readCount(start: number): number {
    const window = this.#window;
    const digitsEnd = Math.min(this.#end, start + DIGITS_MAX);
    let count = 0;
    let at = start;
    for (; at < digitsEnd; at++) {
      const digit = (window[at] as number) - DIGIT_0;
      if (!(digit >= 0 && digit <= 9)) break;
      count = count * 10 + digit;
    }
    if (at >= this.#end) throw INCOMPLETE;
    const isPlain = at === start + 1 || (at > start && window[start] !== DIGIT_0);
    if (!isPlain || window[at] !== CR) throw this.#damaged(at, "a length is no number");
    if (at + 1 >= this.#end) throw INCOMPLETE;
    if (window[at + 1] !== LF) throw this.#damaged(at + 1, "a length does not end its line");
    this.#count = count;
    return at + LINE_END_BYTES;
  }

  /** Makes sure that the window goes as far as `end`. */
  #need(end: number): void {
    if (end <= this.#end) return;
    if (this.#start + end > this.#size) throw TORN;
    this.#needed = end - this.#at;
    throw INCOMPLETE;
  }

  /** Passes over an annotation. What was whole before it still is. */
  #passAnnotation(): void {
    const wasWhole = this.#whole === this.offset;
    this.#passLine();
    if (wasWhole) this.markWhole();
  }

  /** Passes over a line, and verifies the checksum where it is one. */
  #passLine(): void {
    const start = this.#at;
    const end = this.#window.indexOf(LF, start);
    const isFound = end !== -1 && end < this.#end;
    if ((isFound ? end : this.#end) - start > LINE_BYTES_MAX) {
      throw this.#damaged(start, "an annotation is too long");
    }
    if (!isFound) throw INCOMPLETE;
    if (this.#window[end - 1] !== CR) {
      throw this.#damaged(end, "an annotation does not end its line");
    }
    const line = this.#window.toString("latin1", start, end + 1);
    if (this.#hasChecksums && line.startsWith(CHECKSUM_START)) this.#verify(line);
    this.#at = end + 1;
  }

  #verify(line: string): void {
    this.#isChecked = true;
    this.#sum(this.offset);
    const crc = CHECKSUM_LINE.exec(line)?.[1];
    if (crc === undefined || Number.parseInt(crc, 16) !== this.#crc) {
      throw this.#damaged(this.#at, "the checksum does not match what is before it");
    }
    this.#verifiedOffset = this.offset + line.length;
  }

  /** Takes everything up to an offset that is still in the window into the checksum. */
  #sum(to: number): void {
    if (this.#whole >= this.#summedTo && this.#whole <= to) {
      this.#sumTo(this.#whole);
      this.#wholeCrc = this.#crc;
    }
    this.#sumTo(to);
  }

  #sumTo(to: number): void {
    // Of no bytes at all, zlib may give 0 instead of the sum so far.
    if (to === this.#summedTo) return;
    const start = this.#start;
    this.#crc = crc32(this.#window.subarray(this.#summedTo - start, to - start), this.#crc);
    this.#summedTo = to;
  }

  #damaged(at: number, reason: string): JournalDamage {
    return new JournalDamage(this.#start + at, reason);
  }
}
