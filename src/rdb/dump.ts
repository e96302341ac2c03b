import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { crc64 } from "./crc64.ts";
import { badFormat, RdbError, unsupported } from "./rdb-error.ts";
import { openSortedSet, writeSortedSetBinary, writeSortedSetListpack } from "./sorted-set-value.ts";
import { readString, writeString } from "./string-value.ts";
import {
  otherTypeName,
  SORTED_SET_BINARY_SCORES,
  SORTED_SET_LISTPACK,
  STRING,
} from "./value-type.ts";
import type { RdbEntry, RdbString, RdbValue } from "./value.ts";
import { VERSION_READ_MAX, VERSION_WRITTEN } from "./version.ts";

const VERSION_BYTES = 2;
const CHECKSUM_BYTES = 8;
const FOOTER_BYTES = VERSION_BYTES + CHECKSUM_BYTES;

/** A value that is to be dumped. */
export type DumpSource =
  | RdbString
  | {
      readonly type: "sorted-set";
      /** How many entries there are: at least one. */
      readonly size: number;
      /** Ascending by score, then by member. */
      readonly entries: Iterable<RdbEntry>;
      /** In the compact encoding, which Redis gives to small sets only. */
      readonly listpack: boolean;
    };

export interface DumpOptions {
  /** A score in 17 significant digits, as C's `%.17g` prints it: halves round to the even digit. */
  readonly formatScore: (score: number) => string;
  /** Whether strings above 20 bytes are compressed where it helps: true. */
  readonly compress?: boolean;
}

/**
 * The payload that DUMP gives for a value, as a byte string: the type, the value in RDB encoding, the
 * version and a checksum over all. RESTORE of any Redis from 7.0 on takes it. O(bytes).
 */
export function dump(source: DumpSource, options: DumpOptions): string {
  const { formatScore, compress = true } = options;
  const writer = new ByteWriter();
  if (source.type === "string") {
    writer.byte(STRING);
    writeString(writer, source.value, compress);
  } else if (source.listpack) {
    writer.byte(SORTED_SET_LISTPACK);
    writeSortedSetListpack(writer, source.entries, compress, formatScore);
  } else {
    writer.byte(SORTED_SET_BINARY_SCORES);
    writeSortedSetBinary(writer, allOf(source.size, source.entries), compress);
  }
  writer.integer(VERSION_WRITTEN, VERSION_BYTES);
  const { high, low } = crc64(writer.written());
  writer.integer(low, 4);
  writer.integer(high, 4);
  return writer.toByteString();
}

/**
 * The value of a payload that DUMP gave, here or in a Redis up to 7.2. Trusts nothing: everything is
 * checked, and memory is taken only for what is there. Throws an {@link RdbError}. O(bytes).
 */
export function restore(payload: string): RdbValue {
  const bytes = Buffer.from(payload, "latin1");
  verifyFooter(bytes);
  const reader = new ByteReader(bytes.subarray(0, bytes.length - FOOTER_BYTES));
  const value = readValue(reader);
  reader.expectEnd();
  return value;
}

function verifyFooter(bytes: Buffer): void {
  const footer = bytes.length - FOOTER_BYTES;
  if (footer < 0) throw new RdbError("BAD_CHECKSUM", "it is too short for a checksum");
  const version = bytes.readUInt16LE(footer);
  if (version > VERSION_READ_MAX) {
    throw new RdbError("BAD_CHECKSUM", `version ${version} is above ${VERSION_READ_MAX}`);
  }
  const checksum = footer + VERSION_BYTES;
  const { high, low } = crc64(bytes.subarray(0, checksum));
  if (bytes.readUInt32LE(checksum) !== low || bytes.readUInt32LE(checksum + 4) !== high) {
    throw new RdbError("BAD_CHECKSUM", "its checksum is wrong");
  }
}

/** The entries, which must be as many as was said. */
function allOf(size: number, entries: Iterable<RdbEntry>): RdbEntry[] {
  const all = Array.from(entries);
  if (all.length === size) return all;
  throw new RangeError(`Cannot dump a sorted set of ${size}: received ${all.length}`);
}

function readValue(reader: ByteReader): RdbValue {
  const type = reader.byte();
  if (type === STRING) return { type: "string", value: readString(reader) };
  const set = openSortedSet(reader, type);
  if (set !== undefined) return { type: "sorted-set", members: distinct(set.read(set.size)) };
  const typeName = otherTypeName(type);
  if (typeName === undefined) throw badFormat(`there is no type ${type}`);
  throw unsupported(typeName, `the type ${typeName} is not supported`);
}

/** The entries of a sorted set, which must have each member once. */
function distinct(entries: RdbEntry[]): RdbEntry[] {
  // V8 hashes what looks like an array index without its secret seed: with a char before them, no
  // numbers can be chosen that all collide.
  const members = new Set(entries.map(({ member }) => `#${member}`));
  if (members.size !== entries.length) throw badFormat("a member comes twice");
  return entries;
}
