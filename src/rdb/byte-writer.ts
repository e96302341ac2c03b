const CAPACITY_BYTES_MIN = 256;
/** The room that is made at once when what was written is handed over. */
const CAPACITY_AFTER_BYTES_MAX = 256 * 1024;
/** Up to here a loop over the chars beats a native call. */
const SHORT_CHARS_MAX = 24;

/**
 * A growing run of bytes, written from the left to the right. Each write is O(bytes), amortized.
 */
export class ByteWriter {
  #bytes = Buffer.allocUnsafe(CAPACITY_BYTES_MIN);
  #length = 0;

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  /** A signed or unsigned integer of 1 to 4 bytes, the low byte first. */
  integer(value: number, byteCount: number): void {
    this.#reserve(byteCount);
    for (let shift = 0; shift < byteCount * 8; shift += 8) {
      this.#bytes[this.#length++] = value >>> shift;
    }
  }

  /** An unsigned integer of 4 bytes, the high byte first. */
  uint32BigEndian(value: number): void {
    this.#reserve(4);
    this.#length = this.#bytes.writeUInt32BE(value, this.#length);
  }

  /** A signed integer of 8 bytes, the low byte first. */
  int64(value: bigint): void {
    this.#reserve(8);
    this.#length = this.#bytes.writeBigInt64LE(value, this.#length);
  }

  /** An IEEE double of 8 bytes, the low byte first. */
  double(value: number): void {
    this.#reserve(8);
    this.#length = this.#bytes.writeDoubleLE(value, this.#length);
  }

  bytes(source: Uint8Array): void {
    this.#reserve(source.length);
    this.#bytes.set(source, this.#length);
    this.#length += source.length;
  }

  byteString(text: string): void {
    const chars = text.length;
    this.#reserve(chars);
    if (chars <= SHORT_CHARS_MAX) {
      const bytes = this.#bytes;
      const start = this.#length;
      for (let i = 0; i < chars; i++) bytes[start + i] = text.charCodeAt(i);
      this.#length = start + chars;
    } else {
      this.#length += this.#bytes.write(text, this.#length, "latin1");
    }
  }

  /** What was written. A view: the next write may change or abandon it. */
  written(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Hands over what was written, and begins anew with bytes of its own. */
  take(): Buffer {
    const taken = this.written();
    this.#bytes = Buffer.allocUnsafe(Math.min(this.#bytes.length, CAPACITY_AFTER_BYTES_MAX));
    this.#length = 0;
    return taken;
  }

  /** What was written, as a byte string. */
  toByteString(): string {
    return this.#bytes.toString("latin1", 0, this.#length);
  }

  #reserve(byteCount: number): void {
    const needed = this.#length + byteCount;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.written());
    this.#bytes = grown;
  }
}
