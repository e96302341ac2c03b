import { badFormat } from "./rdb-error.ts";

/**
 * A cursor over bytes that nobody vouches for: every read is checked against the end and throws an
 * RdbError (`BAD_FORMAT`) instead of going beyond it.
 */
export class ByteReader {
  readonly #bytes: Buffer;
  #offset = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Bytes read so far. */
  get offset(): number {
    return this.#offset;
  }

  /** Bytes that are left. */
  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  /** The next byte, left where it is. */
  peek(): number {
    if (this.#offset === this.#bytes.length) throw badFormat("it ends too early");
    return this.#bytes[this.#offset] as number;
  }

  byte(): number {
    return this.#bytes[this.#advance(1)] as number;
  }

  /** A signed integer of 1 to 4 bytes, the low byte first. */
  integer(byteCount: number): number {
    return this.#bytes.readIntLE(this.#advance(byteCount), byteCount);
  }

  /** An unsigned integer of 1 to 4 bytes, the low byte first. */
  unsigned(byteCount: number): number {
    return this.#bytes.readUIntLE(this.#advance(byteCount), byteCount);
  }

  /** An unsigned integer of 4 bytes, the high byte first. */
  uint32BigEndian(): number {
    return this.#bytes.readUInt32BE(this.#advance(4));
  }

  /** A signed integer of 8 bytes, the low byte first. */
  int64(): bigint {
    return this.#bytes.readBigInt64LE(this.#advance(8));
  }

  /** An IEEE double of 8 bytes, the low byte first. */
  double(): number {
    return this.#bytes.readDoubleLE(this.#advance(8));
  }

  /** A view of the next bytes. */
  bytes(byteCount: number): Buffer {
    const start = this.#advance(byteCount);
    return this.#bytes.subarray(start, start + byteCount);
  }

  /** The next bytes as a byte string of its own. */
  byteString(byteCount: number): string {
    const start = this.#advance(byteCount);
    return this.#bytes.toString("latin1", start, start + byteCount);
  }

  /** Throws unless all bytes were read. */
  expectEnd(): void {
    if (this.remaining > 0) throw badFormat(`${this.remaining} bytes follow after its end`);
  }

  /** Moves on and gives the offset before. */
  #advance(byteCount: number): number {
    const start = this.#offset;
    if (byteCount > this.#bytes.length - start) throw badFormat("it ends too early");
    this.#offset = start + byteCount;
    return start;
  }
}
