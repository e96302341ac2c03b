import { ByteWriter } from "./byte-writer.ts";
import { type Crc64, crc64 } from "./crc64.ts";
import { writeLength } from "./length.ts";
import { AUX, END_OF_FILE, EXPIRE_TIME_MS, RESIZE_DATABASE, SELECT_DATABASE } from "./opcode.ts";
import {
  writeEntriesBinary,
  writeSortedSetBinary,
  writeSortedSetListpack,
} from "./sorted-set-value.ts";
import { writeString } from "./string-value.ts";
import { SORTED_SET_BINARY_SCORES, SORTED_SET_LISTPACK, STRING } from "./value-type.ts";
import type { RdbEntry } from "./value.ts";
import { VERSION_WRITTEN } from "./version.ts";

/** The latest deadline that 64 bits with a sign hold and a double, too. */
const DEADLINE_MAX = 2 ** 63 - 2 ** 10;

export interface RdbFileOptions {
  /** Whether strings above 20 bytes are compressed where it helps. */
  readonly compress: boolean;
  /** Whether the file ends with its checksum, else with zeros, which says that there is none. */
  readonly checksum: boolean;
  /** A score in 17 significant digits, as C's `%.17g` prints it: halves round to the even digit. */
  readonly formatScore: (score: number) => string;
  /** What is told of the file at its beginning. */
  readonly aux: readonly (readonly [name: string, value: string])[];
}

/**
 * The bytes of an RDB file, made from the left to the right: keys with their values and deadlines,
 * database after database. Whoever writes takes the bytes away from time to time. Each call is O(bytes).
 */
export class RdbFileWriter {
  readonly #options: RdbFileOptions;
  readonly #writer = new ByteWriter();
  #checksum: Crc64 = { high: 0, low: 0 };
  /** Members that the set which was begun still lacks. */
  #membersLeft = 0;

  constructor(options: RdbFileOptions) {
    this.#options = options;
    this.#writer.byteString(`REDIS${String(VERSION_WRITTEN).padStart(4, "0")}`);
    for (const [name, value] of options.aux) {
      this.#writer.byte(AUX);
      writeString(this.#writer, name, false);
      writeString(this.#writer, value, false);
    }
  }

  /** Bytes that wait to be taken. */
  get length(): number {
    return this.#writer.length;
  }

  /** Hands over the bytes that wait. They are the caller's then. */
  take(): Buffer {
    const bytes = this.#writer.take();
    if (this.#options.checksum) this.#checksum = crc64(bytes, this.#checksum);
    return bytes;
  }

  /** Begins a database: how many keys it has, and how many of them expire. */
  database(index: number, keys: number, expiring: number): void {
    this.#writer.byte(SELECT_DATABASE);
    writeLength(this.#writer, index);
    this.#writer.byte(RESIZE_DATABASE);
    writeLength(this.#writer, keys);
    writeLength(this.#writer, expiring);
  }

  string(key: string, value: string, expiresAt: number): void {
    this.#key(STRING, key, expiresAt);
    writeString(this.#writer, value, this.#options.compress);
  }

  /** A sorted set, the lowest member first. As a listpack it is smaller. */
  sortedSet(
    key: string,
    members: readonly RdbEntry[],
    expiresAt: number,
    isListpack: boolean,
  ): void {
    const { compress, formatScore } = this.#options;
    // A listpack holds an integer, which has no -0.
    if (isListpack && !members.some(hasMinusZero)) {
      this.#key(SORTED_SET_LISTPACK, key, expiresAt);
      writeSortedSetListpack(this.#writer, members, compress, formatScore);
    } else {
      this.#key(SORTED_SET_BINARY_SCORES, key, expiresAt);
      writeSortedSetBinary(this.#writer, members, compress);
    }
  }

  /** Begins a sorted set whose members follow in parts, in any order, before anything else. */
  beginSet(key: string, size: number, expiresAt: number): void {
    this.#key(SORTED_SET_BINARY_SCORES, key, expiresAt);
    writeLength(this.#writer, size);
    this.#membersLeft = size;
  }

  members(part: readonly RdbEntry[]): void {
    this.#membersLeft -= part.length;
    writeEntriesBinary(this.#writer, part, this.#options.compress);
  }

  /** Ends the file. */
  end(): void {
    this.#expectWhole();
    this.#writer.byte(END_OF_FILE);
    const { checksum } = this.#options;
    const { high, low } = checksum ? crc64(this.#writer.written(), this.#checksum) : this.#checksum;
    this.#writer.integer(low, 4);
    this.#writer.integer(high, 4);
  }

  #key(type: number, key: string, expiresAt: number): void {
    this.#expectWhole();
    if (expiresAt !== Infinity) {
      const deadline = Math.min(Math.ceil(expiresAt), DEADLINE_MAX);
      this.#writer.byte(EXPIRE_TIME_MS);
      this.#writer.integer(deadline % 2 ** 32, 4);
      this.#writer.integer(Math.floor(deadline / 2 ** 32), 4);
    }
    this.#writer.byte(type);
    writeString(this.#writer, key, this.#options.compress);
  }

  #expectWhole(): void {
    if (this.#membersLeft === 0) return;
    throw new RangeError(
      `Cannot write a sorted set: received ${this.#membersLeft} members too few`,
    );
  }
}

function hasMinusZero({ score }: RdbEntry): boolean {
  return Object.is(score, -0);
}
