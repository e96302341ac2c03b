import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { readLength, writeLength } from "./length.ts";
import { ListpackWriter, readListpack } from "./listpack.ts";
import { badFormat } from "./rdb-error.ts";
import { parseScore, scoreText } from "./score-text.ts";
import { readBytes, readString, writeBytes, writeString } from "./string-value.ts";
import {
  SORTED_SET_BINARY_SCORES,
  SORTED_SET_LISTPACK,
  SORTED_SET_TEXT_SCORES,
  SORTED_SET_ZIPLIST,
} from "./value-type.ts";
import type { RdbEntry } from "./value.ts";
import { readZiplist } from "./ziplist.ts";

/** In the place of the length of a score's text. */
const TEXT_NAN = 253;
const TEXT_INFINITY = 254;
const TEXT_MINUS_INFINITY = 255;

/** No entry takes less: a member's length, and the one of its score. */
const ENTRY_BYTES_MIN = 2;

/** Writes a sorted set as one listpack of members and scores; `entries` ascend. O(bytes). */
export function writeSortedSetListpack(
  writer: ByteWriter,
  entries: Iterable<RdbEntry>,
  compress: boolean,
  formatScore: (score: number) => string,
): void {
  const listpack = new ListpackWriter();
  for (const { member, score } of entries) {
    listpack.add(member);
    if (Number.isSafeInteger(score)) listpack.addInteger(score);
    else listpack.add(scoreText(score, formatScore));
  }
  writeBytes(writer, listpack.end(), compress);
}

/**
 * Writes a sorted set as members with binary scores, the highest first, since Redis is quicker to
 * load them so; `ascending` begins with the lowest. O(bytes).
 */
export function writeSortedSetBinary(
  writer: ByteWriter,
  ascending: readonly RdbEntry[],
  compress: boolean,
): void {
  writeLength(writer, ascending.length);
  writeEntriesBinary(writer, ascending, compress);
}

/**
 * Writes a part of a sorted set with binary scores, behind its size and what went before. O(bytes).
 */
export function writeEntriesBinary(
  writer: ByteWriter,
  ascending: readonly RdbEntry[],
  compress: boolean,
): void {
  for (let i = ascending.length - 1; i >= 0; i--) {
    const { member, score } = ascending[i] as RdbEntry;
    writeString(writer, member, compress);
    writer.double(score);
  }
}

/**
 * A sorted set while it is read, some entries at a time, in the order of the bytes, which may be
 * any. No score is NaN; whether a member comes twice is for whoever puts them together to see.
 */
export interface SortedSetReader {
  /**
   * How many entries the whole has: at least one. What is not there yet is still to be believed.
   */
  readonly size: number;
  /** Up to so many of the entries that follow; none at the end. Throws an RdbError. */
  read(countMax: number): RdbEntry[];
}

/** Begins to read a sorted set of one of its types; undefined: the type is none of them. */
export function openSortedSet(reader: ByteReader, type: number): SortedSetReader | undefined {
  switch (type) {
    case SORTED_SET_BINARY_SCORES:
      return new EntryReader(reader, readBinaryScore);
    case SORTED_SET_TEXT_SCORES:
      return new EntryReader(reader, readTextScore);
    case SORTED_SET_LISTPACK:
      return new ElementReader(readListpack(readBytes(reader)));
    case SORTED_SET_ZIPLIST:
      return new ElementReader(readZiplist(readBytes(reader)));
    default:
      return undefined;
  }
}

/** Entries that follow each other behind their number. */
class EntryReader implements SortedSetReader {
  readonly size: number;
  readonly #reader: ByteReader;
  readonly #readScore: (reader: ByteReader) => number;
  #left: number;

  constructor(reader: ByteReader, readScore: (reader: ByteReader) => number) {
    this.#reader = reader;
    this.#readScore = readScore;
    this.size = readLength(reader);
    if (this.size === 0) throw emptySet();
    if (this.size * ENTRY_BYTES_MIN > reader.remaining) throw badFormat("it ends too early");
    this.#left = this.size;
  }

  /** A size that is too large takes no memory: each entry is read before it is kept. */
  read(countMax: number): RdbEntry[] {
    const entries: RdbEntry[] = [];
    const count = Math.min(countMax, this.#left);
    for (let i = 0; i < count; i++) {
      const member = readString(this.#reader);
      entries.push({ member, score: this.#readScore(this.#reader) });
    }
    this.#left -= count;
    return entries;
  }
}

/** Members and scores by turns, which were read as one. */
class ElementReader implements SortedSetReader {
  readonly size: number;
  readonly #elements: readonly string[];
  #at = 0;

  constructor(elements: readonly string[]) {
    if (elements.length === 0) throw emptySet();
    if (elements.length % 2 !== 0) throw badFormat("a member has no score");
    this.#elements = elements;
    this.size = elements.length / 2;
  }

  read(countMax: number): RdbEntry[] {
    const entries: RdbEntry[] = [];
    const end = Math.min(this.#elements.length, this.#at + 2 * countMax);
    for (; this.#at < end; this.#at += 2) {
      const member = this.#elements[this.#at] as string;
      entries.push({ member, score: parseScore(this.#elements[this.#at + 1] as string) });
    }
    return entries;
  }
}

function readBinaryScore(reader: ByteReader): number {
  const score = reader.double();
  if (Number.isNaN(score)) throw badFormat("a score is NaN");
  return score;
}

function readTextScore(reader: ByteReader): number {
  const length = reader.byte();
  if (length === TEXT_NAN) throw badFormat("a score is NaN");
  if (length === TEXT_INFINITY) return Infinity;
  if (length === TEXT_MINUS_INFINITY) return -Infinity;
  return parseScore(reader.byteString(length));
}

function emptySet(): Error {
  return badFormat("a sorted set is empty");
}
