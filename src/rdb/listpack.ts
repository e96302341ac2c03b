import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { fitsBits, integerOfText } from "./integer-text.ts";
import { badFormat } from "./rdb-error.ts";

// A listpack (S. Sanfilippo, "Listpack specification", 2017): the size of the whole in 4 bytes, the
// number of elements in 2, the elements, 0xff. An element is an encoding byte, which may hold a part
// of the length or of the value, the content, and the length of both for those who read backwards.

const HEADER_BYTES = 6;
const END = 0xff;
/** In the place of the number of elements: too many for two bytes, count them. */
const COUNT_UNKNOWN = 0xffff;

const INT_7_BITS_MAX = 0x7f;
const STRING_6_BITS = 0x80;
const INT_13_BITS = 0xc0;
const STRING_12_BITS = 0xe0;
const STRING_32_BITS = 0xf0;
const INT_16_BITS = 0xf1;
const INT_24_BITS = 0xf2;
const INT_32_BITS = 0xf3;
const INT_64_BITS = 0xf4;

/** A listpack while it is written, element after element. O(bytes). */
export class ListpackWriter {
  readonly #writer = new ByteWriter();
  #count = 0;

  constructor() {
    // What stands in the header is known at the end.
    this.#writer.integer(0, 4);
    this.#writer.integer(0, HEADER_BYTES - 4);
  }

  /** Adds an element. One that spells a 64-bit integer canonically becomes one. */
  add(element: string): void {
    const integer = integerOfText(element);
    if (integer !== undefined) {
      this.addInteger(integer);
      return;
    }
    const start = this.#writer.length;
    writeText(this.#writer, element);
    this.#endElement(start);
  }

  /** Adds a 64-bit integer. */
  addInteger(value: number | bigint): void {
    const start = this.#writer.length;
    writeInteger(this.#writer, value);
    this.#endElement(start);
  }

  /** The listpack, after the last element. */
  end(): Buffer {
    this.#writer.byte(END);
    const listpack = this.#writer.written();
    listpack.writeUInt32LE(listpack.length, 0);
    listpack.writeUInt16LE(Math.min(this.#count, COUNT_UNKNOWN), 4);
    return listpack;
  }

  #endElement(start: number): void {
    writeBackLength(this.#writer, this.#writer.length - start);
    this.#count++;
  }
}

function writeText(writer: ByteWriter, text: string): void {
  const length = text.length;
  if (length < 2 ** 6) {
    writer.byte(STRING_6_BITS | length);
  } else if (length < 2 ** 12) {
    writer.byte(STRING_12_BITS | (length >>> 8));
    writer.byte(length & 0xff);
  } else {
    writer.byte(STRING_32_BITS);
    writer.integer(length, 4);
  }
  writer.byteString(text);
}

function writeInteger(writer: ByteWriter, value: number | bigint): void {
  if (typeof value === "bigint" || !fitsBits(value, 32)) {
    writer.byte(INT_64_BITS);
    writer.int64(BigInt(value));
  } else if (value >= 0 && value <= INT_7_BITS_MAX) {
    writer.byte(value);
  } else if (fitsBits(value, 13)) {
    writer.byte(INT_13_BITS | ((value >>> 8) & 0x1f));
    writer.byte(value & 0xff);
  } else if (fitsBits(value, 16)) {
    writer.byte(INT_16_BITS);
    writer.integer(value, 2);
  } else if (fitsBits(value, 24)) {
    writer.byte(INT_24_BITS);
    writer.integer(value, 3);
  } else {
    writer.byte(INT_32_BITS);
    writer.integer(value, 4);
  }
}

/** Bytes of the backward length. Redis' limits: from 14 bits on, one value less than would fit. */
function backLengthBytes(length: number): number {
  if (length < 2 ** 7) return 1;
  if (length < 2 ** 14 - 1) return 2;
  if (length < 2 ** 21 - 1) return 3;
  return length < 2 ** 28 - 1 ? 4 : 5;
}

/** The byte at a place, counted from the last: 7 bits, marked where more stand before it. */
function backLengthByte(length: number, place: number, bytes: number): number {
  const bits = Math.floor(length / 2 ** (7 * place)) & 0x7f;
  return place === bytes - 1 ? bits : bits | 0x80;
}

function writeBackLength(writer: ByteWriter, length: number): void {
  const bytes = backLengthBytes(length);
  for (let place = bytes - 1; place >= 0; place--) {
    writer.byte(backLengthByte(length, place, bytes));
  }
}

/**
 * The elements of a listpack as byte strings, integers in decimal. Everything is checked: sizes, both
 * lengths of each element, the count, the end. Throws an RdbError. O(bytes).
 */
export function readListpack(bytes: Buffer): string[] {
  const reader = new ByteReader(bytes);
  if (reader.unsigned(4) !== bytes.length) throw badFormat("a listpack has another size");
  const count = reader.unsigned(2);
  const elements: string[] = [];
  while (reader.remaining > 1) {
    const start = reader.offset;
    elements.push(readElement(reader));
    expectBackLength(reader, reader.offset - start);
  }
  if (reader.byte() !== END) throw badFormat("a listpack has no end");
  if (count !== COUNT_UNKNOWN && count !== elements.length) {
    throw badFormat("a listpack has another number of elements");
  }
  return elements;
}

function readElement(reader: ByteReader): string {
  const first = reader.byte();
  if (first <= INT_7_BITS_MAX) return String(first);
  if (first < INT_13_BITS) return reader.byteString(first & 0x3f);
  if (first < STRING_12_BITS) {
    const bits = ((first & 0x1f) << 8) | reader.byte();
    return String((bits << 19) >> 19);
  }
  if (first < STRING_32_BITS) return reader.byteString(((first & 0x0f) << 8) | reader.byte());
  switch (first) {
    case STRING_32_BITS:
      return reader.byteString(reader.unsigned(4));
    case INT_16_BITS:
      return String(reader.integer(2));
    case INT_24_BITS:
      return String(reader.integer(3));
    case INT_32_BITS:
      return String(reader.integer(4));
    case INT_64_BITS:
      return String(reader.int64());
    default:
      throw badFormat("a listpack has an unknown encoding");
  }
}

function expectBackLength(reader: ByteReader, length: number): void {
  const bytes = backLengthBytes(length);
  for (let place = bytes - 1; place >= 0; place--) {
    if (reader.byte() !== backLengthByte(length, place, bytes)) {
      throw badFormat("an element of a listpack has two lengths");
    }
  }
}
