import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Databases } from "../../src/engine/databases.ts";
import { expireAt, remove } from "../../src/engine/keys.ts";
import { zAdd, zRem } from "../../src/engine/sorted-sets.ts";
import { append, set } from "../../src/engine/strings.ts";
import { CacheError } from "../../src/errors.ts";
import { dataOf } from "./support/data-of.ts";
import { Kept, load } from "./support/kept-journal.ts";

describe("any effects", () => {
  const keys = fc.constantFrom("a", "b", "key\r\n", "\xff\0", "k".repeat(30));
  const texts = fc.oneof(
    fc
      .string({ unit: "binary", maxLength: 60 })
      .map((text) => Buffer.from(text).toString("latin1")),
    fc.constantFrom("", "\r\n#CRC32:00000000\r\n", "*1\r\n$4\r\nEXEC\r\n"),
  );
  const deadlines = fc.oneof(
    fc.constant(Infinity),
    fc.integer({ min: 10, max: 2 ** 42 }),
    fc.constantFrom(2 ** 53 - 1, 2 ** 53 + 2, 2 ** 62),
  );
  const members = fc.array(
    fc.record({
      member: fc.constantFrom("m", "n", "\0", "long".repeat(10)),
      score: fc.oneof(
        fc.double({ noNaN: true }),
        fc.integer(),
        fc.constantFrom(-0, 2 ** 53, -(2 ** 53) + 1, 2 ** 31, 1e300, 5e-324),
      ),
    }),
    { minLength: 1, maxLength: 5 },
  );
  const database = fc.integer({ min: 0, max: 2 });
  const change = fc.oneof(
    fc.tuple(database, keys, texts, deadlines).map(
      ([index, key, value, deadline]) =>
        (all: Databases): void =>
          set(all.at(index), key, value, deadline),
    ),
    fc.tuple(database, keys, texts).map(([index, key, data]) => (all: Databases): void => {
      append(all.at(index), key, data, 1e6);
    }),
    fc.tuple(database, keys, deadlines).map(([index, key, deadline]) => (all: Databases): void => {
      expireAt(all.at(index), key, deadline);
    }),
    fc.tuple(database, keys, members).map(([index, key, added]) => (all: Databases): void => {
      zAdd(all.at(index), key, added, {});
    }),
    fc.tuple(database, keys, members).map(([index, key, gone]) => (all: Databases): void => {
      zRem(
        all.at(index),
        key,
        gone.map(({ member }) => member),
      );
    }),
    fc.tuple(database, keys).map(([index, key]) => (all: Databases): void => {
      remove(all.at(index), key);
    }),
    fc.tuple(database, database).map(
      ([a, b]) =>
        (all: Databases): void =>
          all.swap(a, b),
    ),
    database.map(
      (index) =>
        (all: Databases): void =>
          all.at(index).clear(),
    ),
  );
  const ends = fc.constantFrom("none", "unit", "commit");

  test("give the same state again", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(change, ends), { maxLength: 40 }), (changes) => {
        const kept = new Kept();
        for (const [run, end] of changes) {
          try {
            run(kept.databases);
          } catch (error) {
            // Of another type: nothing happened.
            if (!(error instanceof CacheError)) throw error;
          }
          if (end !== "none") kept.journal.endUnit();
          if (end === "commit") kept.journal.commit();
        }
        kept.journal.commit();
        const { result, state } = load(kept.files);
        expect(state).toEqual(dataOf(kept.databases));
        expect(result.cutBytes).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});
