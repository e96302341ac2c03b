import { badFormat } from "./rdb-error.ts";

/** The longest byte string that is read: 512 MiB, less what V8 takes off for its longest string. */
export const TEXT_BYTES_MAX = 2 ** 29 - 24;

/**
 * A cursor over bytes that nobody vouches for: every read is checked against the end and throws an
 * RdbError (`BAD_FORMAT`) instead of going beyond it.
 */
export class ByteReader {
  /** The bytes at hand: here all of them. */
  protected window: Buffer;
  /** Where the next byte is in the window. */
  protected position = 0;

  constructor(bytes: Buffer) {
    this.window = bytes;
  }

  /** Bytes read so far. */
  get offset(): number {
    return this.position;
  }

  /** Bytes that are left. */
  get remaining(): number {
    return this.window.length - this.position;
  }

  /** The next byte, left where it is. */
  peek(): number {
    if (this.position === this.window.length) this.refill(1);
    return this.window[this.position] as number;
  }

  byte(): number {
    const at = this.#advance(1);
    return this.window[at] as number;
  }

  /** A signed integer of 1 to 4 bytes, the low byte first. */
  integer(byteCount: number): number {
    const at = this.#advance(byteCount);
    return this.window.readIntLE(at, byteCount);
  }

  /** An unsigned integer of 1 to 4 bytes, the low byte first. */
  unsigned(byteCount: number): number {
    const at = this.#advance(byteCount);
    return this.window.readUIntLE(at, byteCount);
  }

  /** An unsigned integer of 4 bytes, the high byte first. */
  uint32BigEndian(): number {
    const at = this.#advance(4);
    return this.window.readUInt32BE(at);
  }

  /** A signed integer of 8 bytes, the low byte first. */
  int64(): bigint {
    const at = this.#advance(8);
    return this.window.readBigInt64LE(at);
  }

  /** The double that is nearest to a signed integer of 8 bytes, the low byte first. */
  int64AsNumber(): number {
    const at = this.#advance(8);
    return this.window.readInt32LE(at + 4) * 2 ** 32 + this.window.readUInt32LE(at);
  }

  /** An IEEE double of 8 bytes, the low byte first. */
  double(): number {
    const at = this.#advance(8);
    return this.window.readDoubleLE(at);
  }

  /** A view of the next bytes, which holds until the next read. */
  bytes(byteCount: number): Buffer {
    const start = this.#advance(byteCount);
    return this.window.subarray(start, start + byteCount);
  }

  /** The next bytes as a byte string of its own. */
  byteString(byteCount: number): string {
    const start = this.#advance(byteCount);
    return this.window.toString("latin1", start, start + byteCount);
  }

  /** Throws unless all bytes were read. */
  expectEnd(): void {
    if (this.remaining > 0) throw badFormat(`${this.remaining} bytes follow after its end`);
  }

  /** Makes the window hold so many bytes from the position on, which is more than it holds now. */
  protected refill(_byteCount: number): void {
    throw badFormat("it ends too early");
  }

  /** Moves on and gives the position before. */
  #advance(byteCount: number): number {
    if (byteCount > this.window.length - this.position) this.refill(byteCount);
    const start = this.position;
    this.position = start + byteCount;
    return start;
  }
}
