/**
 * What stands between the first `{` of a byte string and the next `}`, so that keys with the same
 * tag are placed together, or all of it where nothing does: the rule of Redis Cluster
 * (`keyHashSlot` in its `cluster.c`, "Hash tags" in its specification). O(length)
 */
export function hashTag(bytes: string): string {
  const opening = bytes.indexOf("{");
  if (opening === -1) return bytes;
  const closing = bytes.indexOf("}", opening + 1);
  return closing <= opening + 1 ? bytes : bytes.slice(opening + 1, closing);
}
