import { encodeKey } from "../../cache/inputs.ts";

/**
 * The bytes of a key by which it is placed: its UTF-8 as a byte string or, where it has a
 * {@link hashTag}, those of the tag. O(length); a plain key is returned as it is.
 * @throws {CacheError} `INVALID_KEY`
 */
export function placingBytes(key: string): string {
  return isPlain(key) ? key : hashTag(encodeKey(key, Infinity));
}

/**
 * What stands between the first `{` of a byte string and the next `}`, so that keys with the same
 * tag are placed together, or all of it where nothing does: the rule of Redis Cluster
 * (`keyHashSlot` in its `cluster.c`, "Hash tags" in its specification).
 */
export function hashTag(bytes: string): string {
  const opening = bytes.indexOf("{");
  if (opening === -1) return bytes;
  const closing = bytes.indexOf("}", opening + 1);
  return closing <= opening + 1 ? bytes : bytes.slice(opening + 1, closing);
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
