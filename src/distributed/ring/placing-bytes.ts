import { encodeKey } from "../../cache/inputs.ts";
import { hashTag } from "../../structures/hash-tag.ts";

/**
 * The bytes of a key by which it is placed: its UTF-8 as a byte string or, where it has a
 * {@link hashTag}, those of the tag. O(length); a plain key is returned as it is.
 * @throws {CacheError} `INVALID_KEY`
 */
export function placingBytes(key: string): string {
  return isPlain(key) ? key : hashTag(encodeKey(key, Infinity));
}

/**
 * Whether a key is a non-empty string, ASCII and without a tag, as nearly all are. The platform
 * tells it faster than a loop over the chars.
 */
function isPlain(key: string): boolean {
  return (
    typeof key === "string" &&
    key !== "" &&
    !key.includes("{") &&
    Buffer.byteLength(key) === key.length
  );
}
