import { show } from "../errors.ts";
import { readLength } from "./length.ts";
import {
  AUX,
  END_OF_FILE,
  EXPIRE_TIME_MS,
  EXPIRE_TIME_SECONDS,
  FREQUENCY,
  FUNCTION_LIBRARY,
  FUNCTION_LIBRARY_DRAFT,
  IDLE,
  MODULE_AUX,
  RESIZE_DATABASE,
  SELECT_DATABASE,
  SLOT_INFO,
} from "./opcode.ts";
import { badFormat, RdbError, unsupported } from "./rdb-error.ts";
import { openSortedSet, type SortedSetReader } from "./sorted-set-value.ts";
import { type ByteSource, SourceReader } from "./source-reader.ts";
import { readString } from "./string-value.ts";
import { otherTypeName, STRING } from "./value-type.ts";
import type { RdbEntry } from "./value.ts";
import { VERSION_READ_MAX } from "./version.ts";

/** The most members of a sorted set that come at once. */
export const PART_MEMBERS_MAX = 1000;

/** "REDIS" and the version in four digits; Valkey's own versions have a longer name and three. */
const HEADER_BYTES = 9;
/** From here on files end with a checksum. */
const CHECKSUM_VERSION_MIN = 5;
/** What stands for a deadline that there is none. */
const NO_DEADLINE = -1;

/** What comes next in an RDB file. */
export type RdbFileEvent =
  /** Something told of the file. */
  | { readonly type: "aux"; readonly name: string; readonly value: string }
  /** The keys that follow are of this database. */
  | { readonly type: "database"; readonly index: number }
  /**
   * How many keys the database has, and how many of them expire: a hint that nobody vouches for.
   */
  | { readonly type: "resize"; readonly keys: number; readonly expiring: number }
  | {
      readonly type: "string";
      readonly key: string;
      readonly value: string;
      readonly expiresAt: number;
    }
  /** A sorted set as a whole. */
  | {
      readonly type: "sorted-set";
      readonly key: string;
      readonly members: readonly RdbEntry[];
      readonly expiresAt: number;
    }
  /** A large sorted set, whose members follow. */
  | {
      readonly type: "set-begin";
      readonly key: string;
      readonly size: number;
      readonly expiresAt: number;
    }
  /** More members of it. With the last ones there are as many as its size. */
  | { readonly type: "members"; readonly members: readonly RdbEntry[] };

/**
 * An RDB file of a version up to 11, as Redis up to 7.2 and Valkey 8 write it, read from a source bit
 * by bit. Trusts nothing: everything is checked but that keys, and members of one set, are there
 * once, which whoever keeps them sees for nothing. Takes memory only for what is there.
 */
export class RdbFileReader {
  readonly #reader: SourceReader;
  /** 0 before the header was read. */
  #version = 0;
  #hasEnded = false;
  /** The sorted set whose members are still to come, and how many. */
  #set: SortedSetReader | undefined;
  #membersLeft = 0;

  constructor(source: ByteSource) {
    this.#reader = new SourceReader(source);
  }

  /** Bytes read so far; after the end, where begins what follows the file's own content. */
  get offset(): number {
    return this.#reader.offset;
  }

  /**
   * Reads what comes next. O(its bytes), and of a sorted set in a form of Redis' for small ones, the
   * whole.
   * @returns undefined at the end, where the checksum was right
   * @throws {RdbError} with the offset; what the source throws
   */
  next(): RdbFileEvent | undefined {
    try {
      if (this.#set !== undefined) return this.#nextMembers(this.#set);
      if (this.#version === 0) this.#version = this.#readVersion();
      return this.#hasEnded ? undefined : this.#nextEvent();
    } catch (error) {
      throw error instanceof RdbError ? error.at(this.offset) : error;
    }
  }

  #readVersion(): number {
    const header = this.#reader.byteString(HEADER_BYTES);
    const [, name, digits] = /^(REDIS|VALKEY)(\d{3,4})$/.exec(header) ?? [];
    const version = Number(digits);
    if (name === undefined || !(version >= 1))
      throw badFormat("it does not begin as a snapshot does");
    if (name === "REDIS" && version <= VERSION_READ_MAX) return version;
    const whose = name === "REDIS" ? "" : " of Valkey";
    const reason = `its version is ${version}${whose}, and those above ${VERSION_READ_MAX} are not read`;
    throw new RdbError("UNSUPPORTED_VERSION", reason);
  }

  #nextEvent(): RdbFileEvent | undefined {
    const reader = this.#reader;
    let expiresAt = Infinity;
    for (;;) {
      const type = reader.byte();
      switch (type) {
        case EXPIRE_TIME_MS: {
          const deadline = reader.int64AsNumber();
          expiresAt = deadline === NO_DEADLINE ? Infinity : deadline;
          break;
        }
        case EXPIRE_TIME_SECONDS:
          expiresAt = reader.integer(4) * 1000;
          break;
        // How a key was used is noted anew.
        case FREQUENCY:
          reader.byte();
          break;
        case IDLE:
          readLength(reader);
          break;
        // A slot, its keys, those that expire: of a node of a cluster.
        case SLOT_INFO:
          for (let i = 0; i < 3; i++) readLength(reader);
          break;
        case AUX:
          return { type: "aux", name: readString(reader), value: readString(reader) };
        case SELECT_DATABASE:
          return { type: "database", index: readLength(reader) };
        case RESIZE_DATABASE:
          return { type: "resize", keys: readLength(reader), expiring: readLength(reader) };
        case END_OF_FILE:
          this.#end();
          return undefined;
        default:
          return this.#readKey(type, expiresAt);
      }
    }
  }

  #readKey(type: number, expiresAt: number): RdbFileEvent {
    const reader = this.#reader;
    if (type === STRING) {
      return { type: "string", key: readString(reader), value: readString(reader), expiresAt };
    }
    refuseOther(type, reader);
    const key = readString(reader);
    const set = openSortedSet(reader, type);
    if (set === undefined) throw foreignValue(type, key);
    const { size } = set;
    if (size <= PART_MEMBERS_MAX) {
      return { type: "sorted-set", key, members: set.read(size), expiresAt };
    }
    this.#set = set;
    this.#membersLeft = size;
    return { type: "set-begin", key, size, expiresAt };
  }

  #nextMembers(set: SortedSetReader): RdbFileEvent {
    const members = set.read(PART_MEMBERS_MAX);
    this.#membersLeft -= members.length;
    if (this.#membersLeft === 0) this.#set = undefined;
    return { type: "members", members };
  }

  #end(): void {
    this.#hasEnded = true;
    if (this.#version < CHECKSUM_VERSION_MIN) return;
    const { high, low } = this.#reader.checksum();
    const storedLow = this.#reader.unsigned(4);
    const storedHigh = this.#reader.unsigned(4);
    const hasNone = storedLow === 0 && storedHigh === 0;
    if (hasNone || (storedLow === low && storedHigh === high)) return;
    throw new RdbError("BAD_CHECKSUM", "its checksum is wrong");
  }
}

/** Throws where what follows is no key, but something that is not kept here. */
function refuseOther(type: number, reader: SourceReader): void {
  switch (type) {
    case FUNCTION_LIBRARY:
      throw unsupported(
        "function",
        `it holds the library of functions ${libraryName(readString(reader))}`,
      );
    case FUNCTION_LIBRARY_DRAFT:
      throw unsupported(
        "function",
        `it holds the library of functions ${show(readString(reader))}`,
      );
    case MODULE_AUX:
      throw unsupported("module", "it holds data of a module");
    default:
  }
}

/** The name of a library of functions, which its first line tells. */
function libraryName(code: string): string {
  return show(/^#!.*\bname=(\S+)/.exec(code)?.[1] ?? "without a name");
}

function foreignValue(type: number, key: string): RdbError {
  const typeName = otherTypeName(type);
  if (typeName === undefined)
    return badFormat(`the key ${show(key)} has a type ${type}, which there is not`);
  return unsupported(typeName, `the key ${show(key)} holds a ${typeName}`);
}
