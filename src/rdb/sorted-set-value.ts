import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { readLength, writeLength } from "./length.ts";
import { readListpack, writeListpack } from "./listpack.ts";
import { badFormat } from "./rdb-error.ts";
import { parseScore, scoreText } from "./score-text.ts";
import { readString, writeString } from "./string-value.ts";
import type { RdbEntry } from "./value.ts";
import { readZiplist } from "./ziplist.ts";

/** In the place of the length of a score's text. */
const TEXT_NAN = 253;
const TEXT_INFINITY = 254;
const TEXT_MINUS_INFINITY = 255;

/** Writes a sorted set as one listpack of members and scores; `entries` ascend. O(bytes). */
export function writeSortedSetListpack(
  writer: ByteWriter,
  entries: Iterable<RdbEntry>,
  compress: boolean,
  formatScore: (score: number) => string,
): void {
  writeString(writer, writeListpack(listpackElements(entries, formatScore)), compress);
}

function* listpackElements(
  entries: Iterable<RdbEntry>,
  formatScore: (score: number) => string,
): Generator<string> {
  for (const { member, score } of entries) {
    yield member;
    yield scoreText(score, formatScore);
  }
}

/**
 * Writes a sorted set of `size` entries as members with binary scores, the highest first, since
 * Redis is quicker to load them so; `entries` ascend. O(bytes), and O(size) memory.
 */
export function writeSortedSetBinary(
  writer: ByteWriter,
  size: number,
  entries: Iterable<RdbEntry>,
  compress: boolean,
): void {
  const ascending = Array.from(entries);
  if (ascending.length !== size) {
    throw new RangeError(`Cannot dump a sorted set of ${size}: received ${ascending.length}`);
  }
  writeLength(writer, size);
  for (let i = size - 1; i >= 0; i--) {
    const { member, score } = ascending[i] as RdbEntry;
    writeString(writer, member, compress);
    writer.double(score);
  }
}

/** Reads a sorted set of members with binary scores. Throws an RdbError. */
export function readSortedSetBinary(reader: ByteReader): RdbEntry[] {
  return readEntries(reader, () => reader.double());
}

/** Reads a sorted set of members with scores as text, as Redis wrote them before 4.0. */
export function readSortedSetText(reader: ByteReader): RdbEntry[] {
  return readEntries(reader, () => readTextScore(reader));
}

/** Reads a sorted set that is a listpack. Throws an RdbError. */
export function readSortedSetListpack(reader: ByteReader): RdbEntry[] {
  return pairs(readListpack(Buffer.from(readString(reader), "latin1")));
}

/** Reads a sorted set that is a ziplist, as Redis wrote them before 7.0. Throws an RdbError. */
export function readSortedSetZiplist(reader: ByteReader): RdbEntry[] {
  return pairs(readZiplist(Buffer.from(readString(reader), "latin1")));
}

function readTextScore(reader: ByteReader): number {
  const length = reader.byte();
  if (length === TEXT_NAN) return NaN;
  if (length === TEXT_INFINITY) return Infinity;
  if (length === TEXT_MINUS_INFINITY) return -Infinity;
  return parseScore(reader.byteString(length));
}

/** A size that is too large takes no memory: each entry is read before it is kept. */
function readEntries(reader: ByteReader, readScore: () => number): RdbEntry[] {
  const size = readLength(reader);
  const entries = new CheckedEntries();
  for (let i = 0; i < size; i++) entries.add(readString(reader), readScore());
  return entries.all();
}

/** Members and scores by turns. */
function pairs(elements: readonly string[]): RdbEntry[] {
  if (elements.length % 2 !== 0) throw badFormat("a member has no score");
  const entries = new CheckedEntries();
  for (let i = 0; i < elements.length; i += 2) {
    entries.add(elements[i] as string, parseScore(elements[i + 1] as string));
  }
  return entries.all();
}

/** The entries of a sorted set while it is read: each member once, no score NaN, not empty. */
class CheckedEntries {
  readonly #entries: RdbEntry[] = [];
  readonly #members = new Set<string>();

  add(member: string, score: number): void {
    if (Number.isNaN(score)) throw badFormat("a score is NaN");
    this.#entries.push({ member, score });
    // V8 hashes what looks like an array index without its secret seed: with a char before them, no
    // numbers can be chosen that all collide.
    this.#members.add(`#${member}`);
    if (this.#members.size !== this.#entries.length) throw badFormat("a member comes twice");
  }

  all(): RdbEntry[] {
    if (this.#entries.length === 0) throw badFormat("a sorted set is empty");
    return this.#entries;
  }
}
