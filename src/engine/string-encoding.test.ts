import { describe, expect, test } from "vitest";
import { seededRandom } from "../structures/random.ts";
import { incrByInt64 } from "./counters.ts";
import { Keyspace } from "./keyspace.ts";
import { NO_LIMITS } from "./keyspace-config.ts";
import { stringEncoding } from "./string-encoding.ts";
import { setRange } from "./string-ranges.ts";
import { append, set, VALUE_BYTES_MAX } from "./strings.ts";

function newKeyspace(): Keyspace {
  const keyspace = new Keyspace({
    clock: { now: () => 0 },
    random: seededRandom(1),
    eviction: "none",
    ...NO_LIMITS,
  });
  keyspace.takeNotes();
  return keyspace;
}

function encodingOf(keyspace: Keyspace, key: string): string {
  return stringEncoding(keyspace, keyspace.lookup(key));
}

describe("the encoding of a string", () => {
  test.each([
    ["0", "int"],
    ["-9223372036854775808", "int"],
    ["9223372036854775808", "embstr"],
    ["01", "embstr"],
    ["", "embstr"],
    ["x".repeat(44), "embstr"],
    ["x".repeat(45), "raw"],
  ])("%j is %s", (value, expected) => {
    const keyspace = newKeyspace();
    set(keyspace, "key", value, Infinity);
    expect(encodingOf(keyspace, "key")).toBe(expected);
    append(keyspace, "new", value);
    expect(encodingOf(keyspace, "new")).toBe(expected);
  });

  test("is raw after an edit, until there is another value", () => {
    const keyspace = newKeyspace();
    set(keyspace, "a", "1", Infinity);
    append(keyspace, "a", "2");
    setRange(keyspace, "b", 0, "12", VALUE_BYTES_MAX);
    expect([encodingOf(keyspace, "a"), encodingOf(keyspace, "b")]).toEqual(["raw", "raw"]);
    incrByInt64(keyspace, "a", 1);
    set(keyspace, "b", "b", Infinity);
    expect([encodingOf(keyspace, "a"), encodingOf(keyspace, "b")]).toEqual(["int", "embstr"]);
  });
});
