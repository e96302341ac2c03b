import { CacheError, show } from "../errors.ts";
import type { SetChunk, SetScores } from "../engine/state.ts";
import { VALUE_BYTES_MAX } from "../engine/strings.ts";
import { isAscii } from "../structures/byte-string.ts";
import type { ZMember } from "../structures/z-member.ts";
import type { Scores, SortedSetState } from "./state-transfer.ts";

/** From here on the platform finds non-ASCII text faster than a loop does. */
const LONG_TEXT_CHARS = 64;

/** Up to here, such as a counter, a loop is faster than a call of the platform. */
const SHORT_VALUE_CHARS = 16;

/** Tells whether a text is ASCII; the keyspace hashes it in the same pass. */
interface AsciiCheck {
  isAscii(text: string): boolean;
}

const PLAIN_CHECK: AsciiCheck = { isAscii };

const LONE_SURROGATE = /\p{Surrogate}/u;

/** The byte string of a key. @throws {CacheError} `INVALID_KEY`, `KEY_TOO_LONG` */
export function encodeKey(key: string, maxKeyBytes: number, check = PLAIN_CHECK): string {
  if (typeof key !== "string" || key === "") {
    throw new CacheError(
      "INVALID_KEY",
      `Cannot use a key: it must be a non-empty string: received ${show(key)}`,
    );
  }
  const encoded = encodeText(key, "INVALID_KEY", "key", check);
  if (encoded.length > maxKeyBytes) {
    throw new CacheError(
      "KEY_TOO_LONG",
      `Cannot use a key: it may have at most ${maxKeyBytes} bytes: ` +
        `received ${encoded.length} bytes, ${show(key)}`,
    );
  }
  return encoded;
}

/** The byte strings of several keys. */
export function encodeKeys(keys: readonly string[], maxKeyBytes: number): string[] {
  if (!isIterable(keys)) {
    throw new CacheError(
      "INVALID_KEY",
      `Cannot use keys: they must be an array of strings: received ${show(keys)}`,
    );
  }
  return Array.from(keys, (key) => encodeKey(key, maxKeyBytes));
}

/** The byte string of a value, copied. @throws {CacheError} `INVALID_VALUE` */
export function encodeValue(value: string | Uint8Array): string {
  if (typeof value === "string") return encodeText(value, "INVALID_VALUE", "value");
  if (isUint8Array(value)) {
    if (value.length > VALUE_BYTES_MAX) throw valueTooLong(value.length);
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("latin1");
  }
  throw new CacheError(
    "INVALID_VALUE",
    `Cannot use a value: it must be a string or a Uint8Array: received ${show(value)}`,
  );
}

/** The byte strings of pairs of a key and a value. @throws {CacheError} as key and value do */
export function encodePairs(
  pairs: Iterable<readonly [key: string, value: string | Uint8Array]>,
  maxKeyBytes: number,
): [key: string, value: string][] {
  if (!isIterable(pairs)) throw notPairs(pairs);
  const encoded: [key: string, value: string][] = [];
  for (const pair of pairs) {
    if (!Array.isArray(pair)) throw notPairs(pair);
    encoded.push([encodeKey(pair[0], maxKeyBytes), encodeValue(pair[1])]);
  }
  return encoded;
}

/** The byte string of a member. @throws {CacheError} `INVALID_MEMBER` */
export function encodeMember(member: string, check = PLAIN_CHECK): string {
  if (typeof member === "string") return encodeText(member, "INVALID_MEMBER", "member", check);
  throw new CacheError(
    "INVALID_MEMBER",
    `Cannot use a member: it must be a string: received ${show(member)}`,
  );
}

/** The byte strings of one member or several. */
export function encodeMembers(members: string | Iterable<string>): string[] {
  if (typeof members === "string") return [encodeMember(members)];
  if (!isIterable(members)) throw notMembers("strings", members);
  // Not Array.from, which for one member, as most calls have, costs more than all the rest.
  const encoded: string[] = [];
  for (const member of members) encoded.push(encodeMember(member));
  return encoded;
}

/**
 * One member with its score, or several, copied, with byte strings.
 * @throws {CacheError} `INVALID_MEMBER`, `INVALID_SCORE`
 */
export function encodeScoredMembers(
  members: ZMember | Iterable<ZMember>,
  check = PLAIN_CHECK,
): ZMember[] {
  if (typeof members !== "object" || members === null) {
    throw notMembers("{ member, score } objects", members);
  }
  if (isIterable(members)) return Array.from(members, (entry) => encodeScoredMember(entry));
  return [encodeScoredMember(members, check)];
}

/** A score or a delta. @throws {CacheError} `INVALID_SCORE` */
export function checkScore(score: number): number {
  if (typeof score === "number" && !Number.isNaN(score)) return score;
  throw new CacheError(
    "INVALID_SCORE",
    `Cannot use a score: it must be a number: received ${show(score)}`,
  );
}

/** An absolute deadline. @throws {CacheError} `INVALID_TTL` */
export function checkDeadline(expiresAt: number): number {
  if (typeof expiresAt === "number" && !Number.isNaN(expiresAt)) return expiresAt;
  throw new CacheError(
    "INVALID_TTL",
    "Cannot use a deadline: it must be milliseconds of the cache's clock, or Infinity: " +
      `received ${show(expiresAt)}`,
  );
}

/**
 * A chunk of a sorted set, copied, with byte strings.
 * @throws {CacheError} `INVALID_VALUE`, `INVALID_TTL`, `INVALID_MEMBER`, `INVALID_SCORE`
 */
export function encodeSetChunk(state: SortedSetState): SetChunk {
  return {
    members: encodeScoredMembers(state.members),
    size: checkCount(state.size, "size"),
    expiresAt: checkDeadline(state.expiresAt),
    version: state.version,
    cursor: checkCount(state.cursor, "cursor"),
  };
}

/**
 * The scores of so many members, copied.
 * @throws {CacheError} `INVALID_VALUE`, `INVALID_TTL`, `INVALID_SCORE`
 */
export function encodeScores(scores: Scores, members: number): SetScores {
  if (typeof scores !== "object" || scores === null || !Array.isArray(scores.scores)) {
    throw notState("scores must be those that were read", show(scores));
  }
  const given: Scores["scores"] = scores.scores;
  const { length } = given;
  if (length !== members) {
    throw notState("there must be a score for each member", `${length} for ${members}`);
  }
  return {
    scores: given.map((score) => (score === undefined ? undefined : checkScore(score))),
    size: checkCount(scores.size, "size"),
    expiresAt: checkDeadline(scores.expiresAt),
  };
}

/** A new buffer with the bytes of a byte string; a miss stays a miss. */
export function decodeValue(value: string): Buffer;
export function decodeValue(value: string | undefined): Buffer | undefined;
export function decodeValue(value: string | undefined): Buffer | undefined {
  if (value === undefined) return undefined;
  if (value.length > SHORT_VALUE_CHARS) return Buffer.from(value, "latin1");
  const bytes = Buffer.allocUnsafe(value.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = value.charCodeAt(i);
  return bytes;
}

/** The text of a key or a member. */
export function decodeText(byteString: string): string {
  return isAscii(byteString) ? byteString : Buffer.from(byteString, "latin1").toString("utf8");
}

/** Decodes the members in place: the entries are ours until they are returned. */
export function decodeMembers(entries: ZMember[]): ZMember[] {
  for (const entry of entries) entry.member = decodeText(entry.member);
  return entries;
}

function encodeScoredMember(entry: ZMember, check = PLAIN_CHECK): ZMember {
  if (typeof entry !== "object" || entry === null) {
    throw notMembers("{ member, score } objects", entry);
  }
  if (typeof entry.member !== "string") {
    throw notMembers("{ member: string, score: number } objects", entry.member);
  }
  return { member: encodeMember(entry.member, check), score: checkScore(entry.score) };
}

function encodeText(
  text: string,
  code: "INVALID_KEY" | "INVALID_VALUE" | "INVALID_MEMBER",
  what: string,
  check = PLAIN_CHECK,
): string {
  const isPlain =
    text.length < LONG_TEXT_CHARS ? check.isAscii(text) : Buffer.byteLength(text) === text.length;
  if (isPlain) return text;
  if (LONE_SURROGATE.test(text)) {
    throw new CacheError(
      code,
      `Cannot use a ${what}: it must not have lone surrogates: received ${show(text)}`,
    );
  }
  if (text.length > VALUE_BYTES_MAX / 3) {
    const bytes = Buffer.byteLength(text);
    if (bytes > VALUE_BYTES_MAX) throw valueTooLong(bytes);
  }
  return Buffer.from(text, "utf8").toString("latin1");
}

function checkCount(count: number, name: string): number {
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw notState(`${name} must be a whole number, 0 or above`, show(count));
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.iterator in value;
}

/** Also for arrays of another realm, such as that of a test runner's sandbox. */
function isUint8Array(value: unknown): value is Uint8Array {
  if (value instanceof Uint8Array) return true;
  return (
    ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === "[object Uint8Array]"
  );
}

function valueTooLong(bytes: number): CacheError {
  return new CacheError(
    "INVALID_VALUE",
    `Cannot use a value: it may have at most ${VALUE_BYTES_MAX} bytes: received ${bytes}`,
  );
}

function notState(reason: string, received: string): CacheError {
  return new CacheError("INVALID_VALUE", `Cannot write a state: ${reason}: received ${received}`);
}

function notPairs(received: unknown): CacheError {
  return new CacheError(
    "INVALID_VALUE",
    `Cannot set values: entries must be [key, value] pairs: received ${show(received)}`,
  );
}

function notMembers(expected: string, received: unknown): CacheError {
  return new CacheError(
    "INVALID_MEMBER",
    `Cannot use members: they must be ${expected}: received ${show(received)}`,
  );
}
