import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { fitsBits, integerOfText } from "./integer-text.ts";
import { isSpecialEncoding, readLength, specialEncoding, writeLength } from "./length.ts";
import { compressLzf, decompressLzf } from "./lzf.ts";
import { badFormat } from "./rdb-error.ts";

const INT8 = specialEncoding(0);
const INT16 = specialEncoding(1);
const INT32 = specialEncoding(2);
const LZF = specialEncoding(3);

/** No 32-bit integer is longer. */
const INTEGER_CHARS_MAX = 11;
/** Nothing so short gets shorter. */
const UNCOMPRESSED_BYTES_MAX = 20;
/** What compression has to save to be worth while. */
const SAVED_BYTES_MIN = 4;

/**
 * Writes a byte string as Redis does: as an integer of 1, 2 or 4 bytes where it spells one, else in
 * LZF where `compress` is set and it gets shorter, else as it is behind its length. O(length).
 */
export function writeString(writer: ByteWriter, text: string, compress: boolean): void {
  if (text.length <= INTEGER_CHARS_MAX && writeInteger(writer, text)) return;
  if (compress && text.length > UNCOMPRESSED_BYTES_MAX) {
    if (writeCompressed(writer, Buffer.from(text, "latin1"))) return;
  }
  writeLength(writer, text.length);
  writer.byteString(text);
}

/** {@link writeString} for bytes that are no integer. */
export function writeBytes(writer: ByteWriter, bytes: Uint8Array, compress: boolean): void {
  if (compress && bytes.length > UNCOMPRESSED_BYTES_MAX && writeCompressed(writer, bytes)) return;
  writeLength(writer, bytes.length);
  writer.bytes(bytes);
}

/** Writes the bytes in LZF if they get shorter; says whether it did. */
function writeCompressed(writer: ByteWriter, bytes: Uint8Array): boolean {
  const compressed = compressLzf(bytes, SAVED_BYTES_MIN);
  if (compressed === undefined) return false;
  writer.byte(LZF);
  writeLength(writer, compressed.length);
  writeLength(writer, bytes.length);
  writer.bytes(compressed);
  return true;
}

/** Writes the text as an integer if it is one of at most 32 bits; says whether it did. */
function writeInteger(writer: ByteWriter, text: string): boolean {
  const value = integerOfText(text);
  if (typeof value !== "number" || !fitsBits(value, 32)) return false;
  if (fitsBits(value, 8)) {
    writer.byte(INT8);
    writer.integer(value, 1);
  } else if (fitsBits(value, 16)) {
    writer.byte(INT16);
    writer.integer(value, 2);
  } else {
    writer.byte(INT32);
    writer.integer(value, 4);
  }
  return true;
}

/** Reads a byte string in any of the encodings. Throws an RdbError where there is none. */
export function readString(reader: ByteReader): string {
  if (!isSpecialEncoding(reader.peek())) return reader.byteString(readLength(reader));
  switch (reader.byte()) {
    case INT8:
      return String(reader.integer(1));
    case INT16:
      return String(reader.integer(2));
    case INT32:
      return String(reader.integer(4));
    case LZF:
      return readCompressed(reader).toString("latin1");
    default:
      throw badFormat("a string has an unknown encoding");
  }
}

/** Reads a byte string that is too long for an integer as bytes, which hold until the next read. */
export function readBytes(reader: ByteReader): Buffer {
  const first = reader.peek();
  if (!isSpecialEncoding(first)) return reader.bytes(readLength(reader));
  if (first !== LZF) return Buffer.from(readString(reader), "latin1");
  reader.byte();
  return readCompressed(reader);
}

function readCompressed(reader: ByteReader): Buffer {
  const compressedBytes = readLength(reader);
  const bytes = readLength(reader);
  return decompressLzf(reader.bytes(compressedBytes), bytes);
}
