import { ByteReader } from "./byte-reader.ts";
import { badFormat } from "./rdb-error.ts";

// A ziplist, what Redis had before listpacks: the size of the whole and the offset of the last entry
// in 4 bytes each, the number of entries in 2, the entries, 0xff. An entry is the length of the entry
// before it, an encoding byte, which may hold a part of the length or the value, and the content.

const HEADER_BYTES = 10;
const END = 0xff;
/** In the place of the number of entries: too many for two bytes, count them. */
const COUNT_UNKNOWN = 0xffff;
/** In the place of the length before: it follows in four bytes. */
const LONG_LENGTH_BEFORE = 0xfe;

const STRING_6_BITS_MAX = 0x3f;
const STRING_14_BITS_MAX = 0x7f;
const STRING_32_BITS_MAX = 0xbf;
const INT_16_BITS = 0xc0;
const INT_32_BITS = 0xd0;
const INT_64_BITS = 0xe0;
const INT_24_BITS = 0xf0;
const INT_8_BITS = 0xfe;
/** The values 0 to 12 within the encoding byte. */
const IMMEDIATE_MIN = 0xf1;
const IMMEDIATE_MAX = 0xfd;

/**
 * The entries of a ziplist as byte strings, integers in decimal. Everything is checked: sizes, both
 * lengths of each entry, the last entry's offset, the count, the end. Throws an RdbError. O(bytes).
 */
export function readZiplist(bytes: Buffer): string[] {
  const reader = new ByteReader(bytes);
  if (reader.unsigned(4) !== bytes.length) throw badFormat("a ziplist has another size");
  const lastOffset = reader.unsigned(4);
  const count = reader.unsigned(2);
  const entries: string[] = [];
  let start = HEADER_BYTES;
  let lengthBefore = 0;
  while (reader.remaining > 1) {
    start = reader.offset;
    if (readLengthBefore(reader) !== lengthBefore) {
      throw badFormat("an entry of a ziplist has two lengths");
    }
    entries.push(readEntry(reader));
    lengthBefore = reader.offset - start;
  }
  if (reader.byte() !== END) throw badFormat("a ziplist has no end");
  if (lastOffset !== start) throw badFormat("a ziplist has another last entry");
  if (count !== COUNT_UNKNOWN && count !== entries.length) {
    throw badFormat("a ziplist has another number of entries");
  }
  return entries;
}

function readLengthBefore(reader: ByteReader): number {
  const first = reader.byte();
  return first === LONG_LENGTH_BEFORE ? reader.unsigned(4) : first;
}

function readEntry(reader: ByteReader): string {
  const encoding = reader.byte();
  if (encoding <= STRING_6_BITS_MAX) return reader.byteString(encoding);
  if (encoding <= STRING_14_BITS_MAX) {
    return reader.byteString(((encoding & 0x3f) << 8) | reader.byte());
  }
  if (encoding <= STRING_32_BITS_MAX) return reader.byteString(reader.uint32BigEndian());
  if (encoding >= IMMEDIATE_MIN && encoding <= IMMEDIATE_MAX) {
    return String(encoding - IMMEDIATE_MIN);
  }
  switch (encoding) {
    case INT_8_BITS:
      return String(reader.integer(1));
    case INT_16_BITS:
      return String(reader.integer(2));
    case INT_24_BITS:
      return String(reader.integer(3));
    case INT_32_BITS:
      return String(reader.integer(4));
    case INT_64_BITS:
      return String(reader.int64());
    default:
      throw badFormat("a ziplist has an unknown encoding");
  }
}
