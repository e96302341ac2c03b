import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { Databases } from "../../engine/databases.ts";
import { Keyspace } from "../../engine/keyspace.ts";
import { NO_LIMITS } from "../../engine/keyspace-config.ts";
import { zAdd } from "../../engine/sorted-sets.ts";
import { set } from "../../engine/strings.ts";
import { seededRandom } from "../../structures/random.ts";
import { datasetDigest, type Sha1, valueDigest } from "./digest.ts";

const sha1: Sha1 = (bytes) => createHash("sha1").update(bytes, "latin1").digest();

function newKeyspace(): Keyspace {
  return new Keyspace({
    clock: { now: () => 1000 },
    random: seededRandom(1),
    eviction: "none",
    ...NO_LIMITS,
  });
}

const members = [
  { member: "a", score: 1 },
  { member: "b", score: 2.5 },
  { member: "c", score: Infinity },
];

// The digests were told by a redis-server 7.0.15 for the same data.
test("digests are those of Redis", () => {
  const keyspace = newKeyspace();
  set(keyspace, "s", "1", Infinity);
  set(keyspace, "t", "x", 1_000_000);
  zAdd(keyspace, "z", members, {});
  expect(valueDigest(keyspace, "s", sha1)).toBe("b4fc66738120fba0b5aa500ab5c2bf89cea1c5da");
  expect(valueDigest(keyspace, "t", sha1)).toBe("0745672cb1bf060476eedeb8a28f5ffe1ff5a2be");
  expect(valueDigest(keyspace, "z", sha1)).toBe("692ab70d673d8bf452c3a17fb4be02bfcdf437bc");
  expect(valueDigest(keyspace, "none", sha1)).toBe("0".repeat(40));
  const databases = new Databases(keyspace, 2, () => {});
  expect(datasetDigest(databases, sha1)).toBe("f4f5dc94ab8d25d929cea96276a70c680cf80c98");
});

test("the order in which keys and members came makes no difference, their database does", () => {
  const [one, other] = [newKeyspace(), newKeyspace()];
  for (const key of ["a", "b"]) set(one, key, "1", Infinity);
  for (const key of ["b", "a"]) set(other, key, "1", Infinity);
  zAdd(one, "z", members, {});
  zAdd(other, "z", members.toReversed(), {});
  const [all, allOther] = [one, other].map((first) => new Databases(first, 2, () => {}));
  if (all === undefined || allOther === undefined) throw new Error("two databases");
  const digest = datasetDigest(all, sha1);
  expect(datasetDigest(allOther, sha1)).toBe(digest);
  all.swap(0, 1);
  expect(datasetDigest(all, sha1)).not.toBe(digest);
});
