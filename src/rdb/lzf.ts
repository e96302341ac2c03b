import { TEXT_BYTES_MAX } from "./byte-reader.ts";
import { badFormat } from "./rdb-error.ts";

// The format: a control byte, then
//   000LLLLL                     L + 1 literal bytes follow;
//   LLLooooo oooooooo            L + 2 bytes (L of 1 to 6) from o + 1 bytes back;
//   111ooooo LLLLLLLL oooooooo   L + 9 bytes from o + 1 bytes back.
// A copy may reach into what it writes itself: a run of one byte is a copy from one byte back.

const LITERALS_MAX = 32;
const DISTANCE_MAX = 2 ** 13;
const MATCH_BYTES_MIN = 3;
const MATCH_BYTES_MAX = 264;
/** From this many bytes in L on, a copy's length takes a byte of its own. */
const LONG_MATCH = 7;

/** The most that a compressed byte stands for: three bytes make a copy of 264. */
const EXPANSION_MAX = MATCH_BYTES_MAX / 3;

const HASH_SLOTS = 2 ** 16;
/**
 * Where three bytes of some hash were seen last, counted from the first input ever: what is not above
 * `inputStart` belongs to an earlier input. So nothing needs clearing between two short strings.
 */
const lastSeen = new Int32Array(HASH_SLOTS);
let inputStart = 0;

/** Where short outputs are made: room of its own for each would take longer than to fill it. */
const scratch = new Uint8Array(16 * 1024);

/**
 * The input in LZF (M. Lehmann, LibLZF), or undefined where it does not get `savedBytesMin` bytes
 * shorter. Greedy, looking at the latest place of the same hash only, as LibLZF's fast mode does, so
 * that the bytes are the ones that Redis writes. They hold until the next call. O(bytes).
 */
export function compressLzf(input: Uint8Array, savedBytesMin: number): Uint8Array | undefined {
  const outputBytesMax = input.length - savedBytesMin;
  if (outputBytesMax <= 0) return undefined;
  if (inputStart + input.length >= 2 ** 31 - 1) {
    lastSeen.fill(0);
    inputStart = 0;
  }
  const output = compressWithin(input, outputBytesMax);
  inputStart += input.length;
  return output;
}

function compressWithin(input: Uint8Array, outputBytesMax: number): Uint8Array | undefined {
  const output = outputBytesMax < scratch.length ? scratch : new Uint8Array(outputBytesMax + 1);
  const lastTriple = input.length - MATCH_BYTES_MIN;
  let at = 0;
  let literals = 0;
  // A run of literals gets its control byte when it ends: the place before it is kept free.
  let end = 1;
  while (at <= lastTriple) {
    const earlier = exchangeLastSeen(input, at);
    if (earlier > 0 && at - earlier <= DISTANCE_MAX && isSameTriple(input, earlier, at)) {
      const freePlace = literals === 0 ? 1 : 0;
      if (end - freePlace + 4 >= outputBytesMax) return undefined;
      output[end - literals - 1] = literals - 1;
      const bytes = matchBytes(input, earlier, at);
      end = writeMatch(output, end - freePlace, at - earlier, bytes) + 1;
      literals = 0;
      at += bytes;
      if (at > lastTriple) break;
      exchangeLastSeen(input, at - 2);
      exchangeLastSeen(input, at - 1);
    } else {
      if (end >= outputBytesMax) return undefined;
      output[end++] = input[at++] as number;
      if (++literals === LITERALS_MAX) {
        output[end++ - literals - 1] = literals - 1;
        literals = 0;
      }
    }
  }
  if (end + 3 > outputBytesMax) return undefined;
  while (at < input.length) {
    output[end++] = input[at++] as number;
    if (++literals === LITERALS_MAX) {
      output[end++ - literals - 1] = literals - 1;
      literals = 0;
    }
  }
  if (literals === 0) return output.subarray(0, end - 1);
  output[end - literals - 1] = literals - 1;
  return output.subarray(0, end);
}

/** Notes that the three bytes are here, and gives where they were before; not above 0: nowhere. */
function exchangeLastSeen(input: Uint8Array, at: number): number {
  const triple =
    ((input[at] as number) << 16) | ((input[at + 1] as number) << 8) | (input[at + 2] as number);
  const slot = ((triple >>> 8) - triple * 5) & (HASH_SLOTS - 1);
  const earlier = (lastSeen[slot] as number) - inputStart;
  lastSeen[slot] = inputStart + at;
  return earlier;
}

function isSameTriple(input: Uint8Array, earlier: number, at: number): boolean {
  return (
    input[earlier] === input[at] &&
    input[earlier + 1] === input[at + 1] &&
    input[earlier + 2] === input[at + 2]
  );
}

/**
 * How many bytes from `at` on repeat those from `earlier` on. The last two bytes of the input are left
 * alone, but for matches that end at 3 or at 19 bytes: so it is with LibLZF.
 */
function matchBytes(input: Uint8Array, earlier: number, at: number): number {
  const usable = Math.min(input.length - at - 2, MATCH_BYTES_MAX);
  const bytesMax = Math.max(usable, usable > 16 ? 19 : MATCH_BYTES_MIN);
  let bytes = MATCH_BYTES_MIN;
  while (bytes < bytesMax && input[earlier + bytes] === input[at + bytes]) bytes++;
  return bytes;
}

/** Writes a copy of 3 to 264 bytes and gives the end. */
function writeMatch(output: Uint8Array, start: number, distance: number, bytes: number): number {
  let end = start;
  const offset = distance - 1;
  const length = bytes - 2;
  output[end++] = (Math.min(length, LONG_MATCH) << 5) | (offset >>> 8);
  if (length >= LONG_MATCH) output[end++] = length - LONG_MATCH;
  output[end++] = offset & 0xff;
  return end;
}

/**
 * What LZF stands for. `outputBytes` is what was announced: it must be exactly right, and memory is
 * taken only for a length that so much input can have. Throws an RdbError otherwise. O(output).
 */
export function decompressLzf(input: Uint8Array, outputBytes: number): Buffer {
  if (outputBytes > Math.min(input.length * EXPANSION_MAX, TEXT_BYTES_MAX)) {
    throw badFormat("a compressed string announces more than it can hold");
  }
  const output = Buffer.allocUnsafe(outputBytes);
  let at = 0;
  let end = 0;
  while (at < input.length) {
    const control = input[at++] as number;
    if (control < LITERALS_MAX) {
      const literals = control + 1;
      if (at + literals > input.length || end + literals > outputBytes) throw brokenLzf();
      for (let i = 0; i < literals; i++) output[end++] = input[at++] as number;
      continue;
    }
    let length = control >>> 5;
    if (at + (length === LONG_MATCH ? 2 : 1) > input.length) throw brokenLzf();
    if (length === LONG_MATCH) length += input[at++] as number;
    let from = end - (((control & 0x1f) << 8) | (input[at++] as number)) - 1;
    const copyEnd = end + length + 2;
    if (from < 0 || copyEnd > outputBytes) throw brokenLzf();
    while (end < copyEnd) output[end++] = output[from++] as number;
  }
  if (end !== outputBytes) throw brokenLzf();
  return output;
}

function brokenLzf(): Error {
  return badFormat("a compressed string is damaged");
}
