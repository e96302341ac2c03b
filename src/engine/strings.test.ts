import { describe, expect, test } from "vitest";
import type { CacheError } from "../errors.ts";
import { seededRandom } from "../structures/random.ts";
import { Keyspace } from "./keyspace.ts";
import { append, get, set, VALUE_BYTES_MAX } from "./strings.ts";

function newKeyspace(): Keyspace {
  return new Keyspace({
    clock: { now: () => 0 },
    random: seededRandom(1),
    eviction: "none",
    maxEntries: Infinity,
    maxMemoryBytes: Infinity,
    maxLeaderboards: Infinity,
    maxMembersPerSet: Infinity,
    defaultTtl: Infinity,
  });
}

describe("the longest value", () => {
  // `repeat` links strings and joins them only when they are read, so this costs no memory.
  const nearlyFull = "x".repeat(VALUE_BYTES_MAX - 1);

  test("can be filled to its last byte", () => {
    const keyspace = newKeyspace();
    set(keyspace, "key", nearlyFull, Infinity);
    expect(append(keyspace, "key", "y")).toBe(VALUE_BYTES_MAX);
  });

  test("takes no byte more, and stays as it was", () => {
    const keyspace = newKeyspace();
    set(keyspace, "key", nearlyFull, Infinity);
    let refusal: unknown;
    try {
      append(keyspace, "key", "yz");
    } catch (error) {
      refusal = error;
    }
    expect((refusal as CacheError).code).toBe("OVERFLOW");
    expect(get(keyspace, "key")?.length).toBe(VALUE_BYTES_MAX - 1);
  });
});
