import { crc32 } from "node:zlib";
import { latin1Of } from "../../protocol/byte-text.ts";
import type { FileSystem } from "../file-system.ts";

/** How a line with a checksum begins, how it goes on, and how long it is. */
export const CHECKSUM_START = "#CRC32:";
export const CHECKSUM_LINE = /^#CRC32:([\da-f]{8})\r\n$/;
const CHECKSUM_BYTES = 17;

const CHUNK_BYTES = 1024 * 1024;

/**
 * Whether a file holds nothing but zeros from an offset on, as where a file system kept the length
 * of what it lost in a power cut. O(length).
 */
export function isBlank(fs: FileSystem, fd: number, from: number): boolean {
  const chunk = Buffer.allocUnsafe(64 * 1024);
  for (let at = from; ;) {
    const length = fs.read(fd, chunk, at);
    if (length === 0) return true;
    for (let i = 0; i < length; i++) if (chunk[i] !== 0) return false;
    at += length;
  }
}

/**
 * Whether what follows an offset was once complete: two checksums in it, one after the other, agree
 * about what is between them. A command that seems to be cut off before them is damaged. One alone
 * proves nothing, as it may be part of a value. O(length).
 */
export function wasComplete(fs: FileSystem, fd: number, from: number): boolean {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  const checksums = new ChecksumSearch(chunk, from);
  for (;;) {
    const length = readFully(fs, fd, chunk, checksums.start);
    if (checksums.search(length)) return true;
    if (length < chunk.length) return false;
  }
}

function readFully(fs: FileSystem, fd: number, into: Buffer, position: number): number {
  let length = 0;
  while (length < into.length) {
    const count = fs.read(fd, into.subarray(length), position + length);
    if (count === 0) break;
    length += count;
  }
  return length;
}

/** Looks for lines with checksums, chunk by chunk. */
class ChecksumSearch {
  readonly #chunk: Buffer;
  /** Where the chunk begins in the file. */
  start: number;
  /** The checksum that the last line gives, gone on with up to an offset; -1: none was found. */
  #crc = 0;
  #summedTo = -1;

  constructor(chunk: Buffer, start: number) {
    this.#chunk = chunk;
    this.start = start;
  }

  /** Goes on with `length` bytes in the chunk. @returns whether two lines agree */
  search(length: number): boolean {
    const chunk = this.#chunk;
    let at = chunk.indexOf(CHECKSUM_START, 0, "latin1");
    while (at !== -1 && at + CHECKSUM_BYTES <= length) {
      const crc = CHECKSUM_LINE.exec(latin1Of(chunk, at, at + CHECKSUM_BYTES))?.[1];
      if (crc !== undefined && this.#agrees(at, Number.parseInt(crc, 16))) return true;
      at = chunk.indexOf(CHECKSUM_START, at + 1, "latin1");
    }
    // A line that begins at the end of the chunk is looked for again in the next one.
    const next = Math.max(0, length - CHECKSUM_BYTES + 1);
    if (this.#summedTo !== -1) this.#sumTo(next);
    this.start += next;
    return false;
  }

  #agrees(at: number, crc: number): boolean {
    if (this.#summedTo !== -1) {
      this.#sumTo(at);
      if (this.#crc === crc) return true;
    }
    this.#crc = crc;
    this.#summedTo = this.start + at;
    return false;
  }

  #sumTo(at: number): void {
    const to = this.start + at;
    if (to <= this.#summedTo) return;
    this.#crc = crc32(this.#chunk.subarray(this.#summedTo - this.start, at), this.#crc);
    this.#summedTo = to;
  }
}
