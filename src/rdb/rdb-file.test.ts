import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { crc64 } from "./crc64.ts";
import { RdbError, type RdbErrorCode } from "./rdb-error.ts";
import { PART_MEMBERS_MAX, type RdbFileEvent, RdbFileReader } from "./rdb-file-reader.ts";
import { type RdbFileOptions, RdbFileWriter } from "./rdb-file-writer.ts";
import type { ByteSource } from "./source-reader.ts";
import type { RdbEntry } from "./value.ts";

const OPTIONS: RdbFileOptions = {
  compress: true,
  checksum: true,
  formatScore: (score) => score.toExponential(16),
  aux: [
    ["redis-ver", "7.0.15"],
    ["redis-bits", "64"],
  ],
};

/** Gives at most so many bytes at once. */
class BufferSource implements ByteSource {
  readonly #bytes: Buffer;
  readonly #atOnce: number;
  #at = 0;

  constructor(bytes: Buffer, atOnce = Infinity) {
    this.#bytes = bytes;
    this.#atOnce = atOnce;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  read(into: Uint8Array): number {
    const end = this.#at + Math.min(into.length, this.#atOnce);
    const part = this.#bytes.subarray(this.#at, end);
    into.set(part);
    this.#at += part.length;
    return part.length;
  }
}

function written(
  write: (writer: RdbFileWriter) => void,
  options: Partial<RdbFileOptions> = {},
): Buffer {
  const writer = new RdbFileWriter({ ...OPTIONS, ...options });
  write(writer);
  writer.end();
  return writer.take();
}

function read(bytes: Buffer, atOnce?: number): RdbFileEvent[] {
  const reader = new RdbFileReader(new BufferSource(bytes, atOnce));
  const events: RdbFileEvent[] = [];
  for (let event = reader.next(); event !== undefined; event = reader.next()) events.push(event);
  return events;
}

/** A file of a version around spaced hex, with a checksum where the version has one. */
function fileOf(hex: string, version = "0011"): Buffer {
  const content = Buffer.from(`${hex.replaceAll(" ", "")}ff`, "hex");
  const body = Buffer.concat([Buffer.from(`REDIS${version}`), content]);
  return Number(version) < 5 ? body : withChecksum(body);
}

function withChecksum(body: Buffer): Buffer {
  const { high, low } = crc64(body);
  const checksum = Buffer.alloc(8);
  checksum.writeUInt32LE(low, 0);
  checksum.writeUInt32LE(high, 4);
  return Buffer.concat([body, checksum]);
}

/** The error with which a file is refused. */
function refusalOf(bytes: Buffer): RdbError {
  try {
    read(bytes);
  } catch (error) {
    if (error instanceof RdbError) return error;
    throw error;
  }
  throw new Error("it was read");
}

function expectRefused(bytes: Buffer, code: RdbErrorCode, message: string): void {
  expect(refusalOf(bytes)).toMatchObject({
    code,
    message: expect.stringContaining(message) as string,
  });
}

function membersOf(count: number): RdbEntry[] {
  return Array.from({ length: count }, (_, i) => ({ member: `member:${i}`, score: i / 3 }));
}

/** Keys of all kinds in two databases. */
function writeSample(writer: RdbFileWriter): void {
  writer.database(0, 6, 2);
  writer.string("greeting", "hello", Infinity);
  writer.string("number", "-12345", 1_700_000_000_000);
  writer.string("long", "to be or not to be ".repeat(10), Infinity);
  writer.string("\0\x80\xff", "", 1.5);
  writer.sortedSet(
    "small",
    [
      { member: "a", score: -Infinity },
      { member: "12", score: 0.1 },
    ],
    9,
    true,
  );
  writer.sortedSet(
    "signed",
    [
      { member: "a", score: -0 },
      { member: "b", score: 7 },
    ],
    9,
    true,
  );
  writer.database(15, 2, 0);
  writer.sortedSet(
    "binary",
    [
      { member: "a", score: 1 },
      { member: "b", score: Infinity },
    ],
    9,
    false,
  );
  writer.beginSet("large", 1500, Infinity);
  const members = membersOf(1500);
  writer.members(members.slice(0, 700));
  writer.members(members.slice(700));
}

describe("an RDB file", () => {
  test("tells what was written, database after database", () => {
    const [large, largeRest] = read(written(writeSample)).splice(-2);
    expect(read(written(writeSample)).slice(0, -2)).toEqual([
      { type: "aux", name: "redis-ver", value: "7.0.15" },
      { type: "aux", name: "redis-bits", value: "64" },
      { type: "database", index: 0 },
      { type: "resize", keys: 6, expiring: 2 },
      { type: "string", key: "greeting", value: "hello", expiresAt: Infinity },
      { type: "string", key: "number", value: "-12345", expiresAt: 1_700_000_000_000 },
      { type: "string", key: "long", value: "to be or not to be ".repeat(10), expiresAt: Infinity },
      { type: "string", key: "\0\x80\xff", value: "", expiresAt: 2 },
      {
        type: "sorted-set",
        key: "small",
        members: [
          { member: "a", score: -Infinity },
          { member: "12", score: 0.1 },
        ],
        expiresAt: 9,
      },
      {
        type: "sorted-set",
        key: "signed",
        members: [
          { member: "b", score: 7 },
          { member: "a", score: -0 },
        ],
        expiresAt: 9,
      },
      { type: "database", index: 15 },
      { type: "resize", keys: 2, expiring: 0 },
      {
        type: "sorted-set",
        key: "binary",
        members: [
          { member: "b", score: Infinity },
          { member: "a", score: 1 },
        ],
        expiresAt: 9,
      },
      { type: "set-begin", key: "large", size: 1500, expiresAt: Infinity },
    ]);
    const parts = [large, largeRest].map((event) =>
      event?.type === "members" ? event.members : [],
    );
    expect(parts.map(({ length }) => length)).toEqual([PART_MEMBERS_MAX, 500]);
    expect(new Set(parts.flat())).toEqual(new Set(membersOf(1500)));
  });

  test("is the same whether its bytes are taken at once or bit by bit", () => {
    const writer = new RdbFileWriter(OPTIONS);
    const parts = [writer.take()];
    const taking = new Proxy(writer, {
      get:
        (target, name) =>
        (...args: unknown[]) => {
          // Every call leaves nothing that waits.
          Reflect.apply(Reflect.get(target, name) as () => void, target, args);
          parts.push(target.take());
        },
    });
    writeSample(taking);
    taking.end();
    expect(writer.length).toBe(0);
    expect(Buffer.concat(parts)).toEqual(written(writeSample));
  });

  test.each([1, 2, 7, 1000])("is read from a source that gives %i bytes at once", (atOnce) => {
    const bytes = written(writeSample);
    expect(read(bytes, atOnce)).toEqual(read(bytes));
  });

  test("may be far larger than what is held of it, with strings that are, too", () => {
    const texts = [300_000, 10, 131_072, 131_071, 5, 1_000_000].map((length, i) =>
      String.fromCharCode(65 + i).repeat(length),
    );
    const bytes = written(
      (writer) => {
        for (const text of texts) writer.string(text.slice(0, 3), text, Infinity);
      },
      { compress: false },
    );
    const values = read(bytes, 50_000).flatMap((event) =>
      event.type === "string" ? [event.value] : [],
    );
    expect(values).toEqual(texts);
  });

  test("may have no checksum", () => {
    const bytes = written(writeSample, { checksum: false });
    expect(bytes.subarray(-8)).toEqual(Buffer.alloc(8));
    expect(read(bytes)).toEqual(read(written(writeSample)));
  });

  test("ends where something else may follow", () => {
    const bytes = written(writeSample);
    const reader = new RdbFileReader(new BufferSource(Buffer.concat([bytes, Buffer.from("*1")])));
    while (reader.next() !== undefined);
    expect(reader.offset).toBe(bytes.length);
    expect(reader.next()).toBeUndefined();
  });

  test("cannot be written with a set that lacks members", () => {
    const writer = new RdbFileWriter(OPTIONS);
    writer.beginSet("z", 2, Infinity);
    writer.members([{ member: "a", score: 1 }]);
    expect(() => writer.string("k", "v", Infinity)).toThrow(RangeError);
    expect(() => writer.end()).toThrow("1 members too few");
  });

  const byteString = fc
    .uint8Array({ maxLength: 60 })
    .map((bytes) => Buffer.from(bytes).toString("latin1"));
  const text = fc.oneof(
    byteString,
    fc.integer().map(String),
    byteString.map((t) => t.repeat(9)),
  );
  const score = fc.oneof(
    fc.double({ noNaN: true }),
    fc.integer(),
    fc.constantFrom(0, -0, Infinity, -Infinity, 2 ** 53, -(2 ** 62), 5e-324),
  );
  const deadline = fc.oneof(
    fc.constant(Infinity),
    fc.maxSafeNat(),
    fc.constantFrom(1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53),
  );
  const set = fc
    .uniqueArray(fc.record({ member: text, score }), { minLength: 1, selector: (e) => e.member })
    .map((members) => members.sort((a, b) => a.score - b.score));
  const keyValue = fc.record({
    key: text,
    value: fc.oneof(text, set),
    expiresAt: deadline,
    isListpack: fc.boolean(),
  });

  test("gives back any keys, values, scores and deadlines", () => {
    fc.assert(
      fc.property(fc.array(keyValue), fc.boolean(), fc.nat(20), (all, compress, atOnce) => {
        const bytes = written(
          (writer) => {
            for (const { key, value, expiresAt, isListpack } of all) {
              if (typeof value === "string") writer.string(key, value, expiresAt);
              else writer.sortedSet(key, value, expiresAt, isListpack);
            }
          },
          { compress, aux: [], formatScore: (score) => score.toPrecision(17) },
        );
        const expected = all.map(({ key, value, expiresAt }) =>
          typeof value === "string"
            ? { type: "string", key, value, expiresAt }
            : { type: "sorted-set", key, expiresAt, members: new Set(value) },
        );
        const found = read(bytes, atOnce + 1).map((event) =>
          event.type === "sorted-set"
            ? Object.assign({}, event, { members: new Set(event.members) })
            : event,
        );
        expect(found).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });
});

describe("an RDB file of another's", () => {
  const key = "00 016b 0176";
  const keyEvent = { type: "string", key: "k", value: "v", expiresAt: Infinity };

  const records: readonly [what: string, hex: string, event: object][] = [
    ["a deadline in seconds", `fd 01000000 ${key}`, { ...keyEvent, expiresAt: 1000 }],
    [
      "a deadline in milliseconds",
      `fc 0500000001000000 ${key}`,
      { ...keyEvent, expiresAt: 2 ** 32 + 5 },
    ],
    ["a deadline of -1, which is none", `fc ffffffffffffffff ${key}`, keyEvent],
    ["a deadline before 1970", `fc feffffffffffffff ${key}`, { ...keyEvent, expiresAt: -2 }],
    ["how often a key is used", `f9 ff ${key}`, keyEvent],
    ["how long a key was not used", `f8 8000000001 ${key}`, keyEvent],
    ["the slot of a cluster's node", `f4 43e8 05 00 ${key}`, keyEvent],
    [
      "all that is told of a key",
      `fd 01000000 f8 01 f9 05 ${key}`,
      { ...keyEvent, expiresAt: 1000 },
    ],
  ];
  test.each(records)("may tell %s", (_what, hex, event) => {
    expect(read(fileOf(hex))).toEqual([event]);
  });

  test("tells a deadline for one key only", () => {
    const [, second] = read(fileOf(`fd 01000000 ${key} 00 016c 0176`));
    expect(second).toEqual({ ...keyEvent, key: "l" });
  });

  test.each(["0001", "0004", "0005", "0009", "0010", "0011"])("may be of version %s", (version) => {
    const bytes = fileOf(key, version);
    expect(read(bytes)).toEqual([keyEvent]);
  });

  const versions: readonly [header: string, code: RdbErrorCode, message: string][] = [
    ["REDIS0012", "UNSUPPORTED_VERSION", "its version is 12, and those above 11 are not read"],
    ["REDIS9999", "UNSUPPORTED_VERSION", "its version is 9999"],
    ["VALKEY080", "UNSUPPORTED_VERSION", "its version is 80 of Valkey, and those above 11"],
    ["REDIS0000", "BAD_FORMAT", "it does not begin as a snapshot does"],
    ["REDISabcd", "BAD_FORMAT", "it does not begin as a snapshot does"],
    ["redis0010", "BAD_FORMAT", "it does not begin as a snapshot does"],
    ["REDIS001", "BAD_FORMAT", "it ends too early"],
    ["", "BAD_FORMAT", "it ends too early"],
  ];
  test.each(versions)("that begins with %j is refused", (header, code, message) => {
    expectRefused(Buffer.from(header), code, message);
  });

  const foreign: readonly [what: string, hex: string, typeName: string, message: string][] = [
    ["a list", "12 046c697374 01", "list", 'the key "list" holds a list'],
    ["a hash", "10 0168 01", "hash", 'the key "h" holds a hash'],
    ["a set", "14 0173 01", "set", 'the key "s" holds a set'],
    ["a stream", "15 0173 01", "stream", 'the key "s" holds a stream'],
    ["a module's value", "07 016d 01", "module", 'the key "m" holds a module'],
    ["a module's data", "f7 01", "module", "it holds data of a module"],
    [
      "functions",
      "f5 13 23216c7561206e616d653d6d796c69620a2d2d31",
      "function",
      'it holds the library of functions "mylib"',
    ],
    ["functions of a draft", "f6 046d796c69", "function", 'library of functions "myli"'],
  ];
  test.each(foreign)("is refused with %s", (_what, hex, typeName, message) => {
    const refusal = refusalOf(fileOf(`${key} ${hex}`));
    expect(refusal).toMatchObject({ code: "UNSUPPORTED_TYPE", typeName });
    expect(refusal.message).toContain(message);
  });

  const damaged: readonly [damage: string, hex: string, message: string][] = [
    ["an unknown type", "2a 016b", 'the key "k" has a type 42, which there is not'],
    ["an empty sorted set", "05 016b 00", "a sorted set is empty"],
    ["a score that is NaN", "05 016b 01 0161 000000000000f87f", "a score is NaN"],
    ["a text score that is NaN", "03 016b 01 0161 fd", "a score is NaN"],
    ["a string that is too long", "00 016b 80ffffffff", "it ends too early"],
    ["a string of 2^64 - 1 bytes", "00 016b 81ffffffffffffffff", "it ends too early"],
    ["a set of 2^64 - 1 members", "05 016b 81ffffffffffffffff", "it ends too early"],
    ["a set of more members than there can be", "05 016b 42ff", "it ends too early"],
  ];
  test.each(damaged)("is refused with %s", (_damage, hex, message) => {
    expectRefused(fileOf(hex), "BAD_FORMAT", message);
  });

  test("takes no memory for a string of which the source has only the beginning", () => {
    const source: ByteSource = { remaining: 2 ** 40, read: (into) => into.fill(0x80).length };
    const reader = new RdbFileReader(source);
    expect(() => reader.next()).toThrow(RdbError);
    const huge = fileOf("00 016b 8100000000ffffffff");
    const endless = new BufferSource(huge);
    const lying: ByteSource = { remaining: 2 ** 40, read: (into) => endless.read(into) };
    expect(() => new RdbFileReader(lying).next()).toThrow("longer than 512 MiB");
  });

  test("tells how far it was read when it was refused", () => {
    const bytes = fileOf(`${key} 2a 016b`);
    expect(refusalOf(bytes)).toMatchObject({ offset: 9 + 5 + 3 });
    expect(refusalOf(bytes).message).toMatch(/^Cannot read a snapshot: .*, at byte 17$/);
  });
});

describe("a damaged RDB file", () => {
  const bytes = written((writer) => {
    writer.database(0, 3, 1);
    writer.string("greeting", "hello hello hello hello", 1_700_000_000_000);
    writer.sortedSet(
      "small",
      [
        { member: "a", score: 0.1 },
        { member: "b", score: 12 },
      ],
      Infinity,
      true,
    );
    writer.sortedSet(
      "binary",
      [
        { member: "a", score: 0.1 },
        { member: "b", score: 12 },
      ],
      5,
      false,
    );
    writer.string("\0".repeat(9), "\0".repeat(15), Infinity);
  });

  test("is refused, whichever bit was flipped", () => {
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(() => read(flipped), `bit ${bit}`).toThrow(RdbError);
    }
  });

  test("is refused, whichever byte was replaced", () => {
    for (let at = 0; at < bytes.length; at++) {
      const replaced = Buffer.from(bytes);
      replaced[at] = 255 - (replaced[at] as number);
      expect(() => read(replaced), `byte ${at}`).toThrow(RdbError);
    }
  });

  test("is refused wherever it is cut off", () => {
    for (let end = 0; end < bytes.length; end++) {
      expect(() => read(bytes.subarray(0, end)), `${end} bytes`).toThrow(RdbError);
    }
  });

  test("is refused or has values, without a checksum and whichever byte has another value", () => {
    const body = bytes.subarray(0, -8);
    for (let at = 0; at < body.length; at++) {
      for (let value = 0; value < 256; value++) {
        const changed = Buffer.concat([body, Buffer.alloc(8)]);
        changed[at] = value;
        try {
          read(changed);
        } catch (error) {
          if (!(error instanceof RdbError)) throw error;
        }
      }
    }
  });

  test("is refused or has values, whatever follows the header", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (rest) => {
        try {
          read(Buffer.concat([Buffer.from("REDIS0003"), rest]));
        } catch (error) {
          if (!(error instanceof RdbError)) throw error;
        }
      }),
      { numRuns: 3000 },
    );
  });
});
