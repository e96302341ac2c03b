import { ByteReader, TEXT_BYTES_MAX } from "./byte-reader.ts";
import { type Crc64, crc64 } from "./crc64.ts";
import { badFormat } from "./rdb-error.ts";

/** Bytes that are read one after the other: a file, say. */
export interface ByteSource {
  /**
   * How many bytes are still to come. What claims to be longer is refused before memory is taken.
   */
  readonly remaining: number;
  /** Reads the next bytes. @returns how many, 0 at the end */
  read(into: Uint8Array): number;
}

/** What is read at once. */
const CHUNK_BYTES = 128 * 1024;

const NOTHING: Crc64 = { high: 0, low: 0 };

/**
 * A {@link ByteReader} over a source that need not fit into memory, with the checksum of what was read.
 * Holds one chunk, and while something longer is read that, never more than is left of the source.
 */
export class SourceReader extends ByteReader {
  readonly #source: ByteSource;
  readonly #chunk: Buffer;
  /** Bytes before the window. */
  #bytesBefore = 0;
  #checksum = NOTHING;
  /** Where in the window the bytes begin that the checksum does not have yet. */
  #unchecked = 0;

  constructor(source: ByteSource) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    super(chunk.subarray(0, 0));
    this.#source = source;
    this.#chunk = chunk;
  }

  override get offset(): number {
    return this.#bytesBefore + this.position;
  }

  override get remaining(): number {
    return super.remaining + this.#source.remaining;
  }

  /**
   * The checksum of all bytes that were read. O(bytes since it was asked for last), within a chunk.
   */
  checksum(): Crc64 {
    this.#checksum = crc64(this.window.subarray(this.#unchecked, this.position), this.#checksum);
    this.#unchecked = this.position;
    return this.#checksum;
  }

  protected override refill(byteCount: number): void {
    if (byteCount > this.remaining) throw badFormat("it ends too early");
    if (byteCount > TEXT_BYTES_MAX) throw badFormat("a string is longer than 512 MiB");
    this.checksum();
    const held = this.window.subarray(this.position);
    const next = byteCount <= CHUNK_BYTES ? this.#chunk : Buffer.allocUnsafe(byteCount);
    next.set(held);
    let end = held.length;
    while (end < byteCount) {
      const count = this.#source.read(next.subarray(end));
      if (count === 0) throw badFormat("it ends too early");
      end += count;
    }
    this.#bytesBefore += this.position;
    this.position = 0;
    this.#unchecked = 0;
    this.window = next.subarray(0, end);
  }
}
