import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { crc64 } from "./crc64.ts";
import { restore } from "./dump.ts";
import { RdbError, type RdbErrorCode } from "./rdb-error.ts";

const FOOTER_BYTES = 10;

/** A payload of its own version and checksum around a type and value, bytes or spaced hex. */
function sealed(body: Buffer | string, version = 10): string {
  const bytes = typeof body === "string" ? Buffer.from(body.replaceAll(" ", ""), "hex") : body;
  const footer = Buffer.alloc(FOOTER_BYTES);
  footer.writeUInt16LE(version, 0);
  const { high, low } = crc64(Buffer.concat([bytes, footer.subarray(0, 2)]));
  footer.writeUInt32LE(low, 2);
  footer.writeUInt32LE(high, 6);
  return Buffer.concat([bytes, footer]).toString("latin1");
}

function expectRefused(payload: string, code: RdbErrorCode, typeName?: string): void {
  expect(() => restore(payload)).toThrow(
    expect.objectContaining({
      name: "RdbError",
      code,
      ...(typeName === undefined ? {} : { typeName }),
      message: expect.stringMatching(/^Cannot restore a value: /) as string,
    }) as Error,
  );
}

/** Payloads of Redis 7.0.15: a short and a compressed string, sorted sets of both encodings. */
const PAYLOADS = [
  "00c2ffffff7f0a002c74e59ee02eada1",
  "00050080ff0d0a0a00f5074c6b0d35fb06",
  "00c31b43e80a3031323334353637383930e0ff09e1ff0de2ff11e2ba110138390a00f7747d029fc37454",
  "11c340a640f81ff8000000160086626f74746f6d07842d696e66058200ff03852d322e32350685126d696e75" +
    "730600018574686972640693302e33e00600123114836f6e650483312e350411011101e04078e036000142f4" +
    "2094200008200009846564676505a00f1f0040098561626f76650696342e3631313638363031383432373338" +
    "3839652b31043817846875202e0397312e30e005000c31652b3330301883746f70048320e20104ff0a00fe7b" +
    "870de393b8a3",
  "050b03746f70000000000000f07f04687567659c7500883ce4377e0561626f7665010000000000d043046564" +
    "6765000000000000d043c3094040017878e033000178780000000000004043c0110000000000003140036f6e" +
    "65000000000000f83f057468697264555555555555d53f056d696e757300000000000000800200ff00000000" +
    "000002c006626f74746f6d000000000000f0ff0a0047a765a282a5603a",
].map((hex) => Buffer.from(hex, "hex"));

/** Sorted sets in encodings that Redis 7 only reads, without a footer. */
const REDIS_ZIPLIST = "0c 19 19000000 16000000 0400 00036f6e65 05f2 020374776f 05f3 ff";
const FULL_ZIPLIST =
  "0c 4047 47000000 3c000000 1000 000163 03f090eefe 050161 03feff 03f8 02f1 020166 0303312e35 " +
  "050167 03fd 020162 03c02c01 040164 03d0ffffff7f 060165 03e00000000000010000 ff";
const TEXT_SCORES = "03 05 0161 03312e35 0162 023432 0163 fe 0164 ff 0165 052d31653130";

/** Throws unless the body is refused, or is a value that keeps every promise. */
function expectValueOrRefusal(body: Buffer): void {
  try {
    const value = restore(sealed(body));
    if (value.type === "string") return;
    const members = new Set(value.members.map(({ member }) => member));
    expect(members.size).toBe(value.members.length);
    expect(members.size).toBeGreaterThan(0);
    expect(value.members.some(({ score }) => Number.isNaN(score))).toBe(false);
  } catch (error) {
    if (!(error instanceof RdbError)) throw error;
  }
}

describe("the footer of a payload", () => {
  test("is damaged by every single bit", () => {
    for (const payload of PAYLOADS) {
      for (let bit = 0; bit < payload.length * 8; bit++) {
        const flipped = Buffer.from(payload);
        flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
        expectRefused(flipped.toString("latin1"), "BAD_CHECKSUM");
      }
    }
  });

  test("is missed wherever a payload is cut off", () => {
    for (const payload of PAYLOADS) {
      for (let end = 0; end < payload.length; end++) {
        expectRefused(payload.toString("latin1", 0, end), "BAD_CHECKSUM");
      }
    }
  });

  test("names any version up to that of Redis 7.2", () => {
    expect(restore(sealed("000161", 0))).toEqual({ type: "string", value: "a" });
    expect(restore(sealed("000161", 11))).toEqual({ type: "string", value: "a" });
    expectRefused(sealed("000161", 12), "BAD_CHECKSUM");
  });

  test("has no checksum of zero that stands for none", () => {
    expectRefused("\0\u0001a\n\0\0\0\0\0\0\0\0\0", "BAD_CHECKSUM");
  });
});

describe("a payload with a right checksum", () => {
  const others: readonly [type: number, name: string][] = [
    [1, "list"],
    [2, "set"],
    [4, "hash"],
    [6, "module"],
    [7, "module"],
    [9, "hash"],
    [10, "list"],
    [11, "set"],
    [13, "hash"],
    [14, "list"],
    [15, "stream"],
    [16, "hash"],
    [18, "list"],
    [19, "stream"],
    [20, "set"],
    [21, "stream"],
  ];
  test.each(others)("of type %d is refused as a %s", (type, name) => {
    expectRefused(sealed(Buffer.of(type, 1, 2, 3)), "UNSUPPORTED_TYPE", name);
  });

  test("of what Redis gives for a list is refused as such", () => {
    const list = "1201020a0a0000000100816102ff0a0009b9edf594ded995";
    expectRefused(Buffer.from(list, "hex").toString("latin1"), "UNSUPPORTED_TYPE", "list");
  });

  test("of a type that there is not, or of nothing, is refused", () => {
    for (const type of [8, 22, 100, 255]) expectRefused(sealed(Buffer.of(type)), "BAD_FORMAT");
    expectRefused(sealed(""), "BAD_FORMAT");
  });

  const sortedSets: readonly [name: string, body: string, scores: Record<string, number>][] = [
    ["a ziplist of Redis' own tests", REDIS_ZIPLIST, { one: 1, two: 2 }],
    [
      "a ziplist of all kinds of integers",
      FULL_ZIPLIST,
      { a: -1, b: 300, c: -70_000, d: 2 ** 31 - 1, e: 2 ** 40, f: 1.5, g: 12, "7": 0 },
    ],
    [
      "a ziplist with an entry of more than 253 bytes",
      `0c 4145 45010000 42010000 0400 00412c ${"78".repeat(300)} fe2f010000f2 060179 03f3 ff`,
      { ["x".repeat(300)]: 1, y: 2 },
    ],
    ["scores as text", TEXT_SCORES, { a: 1.5, b: 42, c: Infinity, d: -Infinity, e: -1e10 }],
  ];
  test.each(sortedSets)("of %s is a sorted set", (_name, body, scores) => {
    expect(restore(sealed(body))).toEqual({
      type: "sorted-set",
      members: expect.toSatisfy((members: { member: string; score: number }[]) => {
        const found = Object.fromEntries(members.map(({ member, score }) => [member, score]));
        expect(found).toEqual(scores);
        return true;
      }) as unknown,
    });
  });

  const damaged: readonly [damage: string, body: string][] = [
    ["a string that is too long", "000361"],
    ["a string that is too short", "00016162"],
    ["a string of 2^64 - 1 bytes", "0081ffffffffffffffff61"],
    ["a string of an unknown encoding", "00c4"],
    ["a string of an unknown length", "008261"],
    ["an integer that is cut off", "00c20001"],
    ["a compressed string that is cut off", "00c30616016161e00a"],
    ["a compressed string of another length", "00c30616016161e00a00"],
    ["a compressed string of 4 GiB", "00c30680ffffffff016161e00a00"],
    ["an empty sorted set with binary scores", "0500"],
    ["an empty sorted set with scores as text", "0300"],
    ["an empty listpack", "11 07 07000000 0000 ff"],
    ["an empty ziplist", "0c 0b 0b000000 0a000000 0000 ff"],
    ["a member without its score", "05010161"],
    ["fewer entries than it says", "05020161000000000000f03f"],
    ["more entries than it says", "05010161000000000000f03f0162000000000000f03f"],
    ["2^64 - 1 entries", "0581ffffffffffffffff0161000000000000f03f"],
    ["a count in the place of which an encoding stands", "05c0010161000000000000f03f"],
    ["a member that comes twice", "05020161000000000000f03f0161000000000000f03f"],
    ["a number that comes twice", "0502c001000000000000f03f0131000000000000f03f"],
    ["a binary score that is NaN", "05010161000000000000f87f"],
    ["a text score that is NaN", "03010161fd"],
    ["a text score that says nan", "03010161036e616e"],
    ["a text score that is no number", "030101610178"],
    ["a text score that is empty", "0301016100"],
    ["a text score that is cut off", "03010161093132"],
    ["a listpack that is an integer", "11c001"],
    ["a listpack of three elements", "11 0f 0f000000 0300 816102 0101 816202 ff"],
    ["a listpack with a member twice", "11 11 11000000 0400 816102 0101 816102 0101 ff"],
    ["a listpack with a score that is no number", "11 0d 0d000000 0200 816102 816202 ff"],
    ["a listpack and a byte behind it", "11 0d 0c000000 0200 816102 0101 ff 00"],
    ["a byte behind a listpack", "11 0c 0c000000 0200 816102 0101 ff 00"],
    ["a ziplist of three entries", "0c 13 13000000 0f000000 0300 000161 03f2 020162 ff"],
    ["a ziplist with a member twice", "0c 15 15000000 12000000 0400 000161 03f2 020161 03f2 ff"],
    ["a ziplist of another size", "0c 10 11000000 0d000000 0200 000161 03f2 ff"],
    ["a ziplist of another last entry", "0c 10 10000000 0a000000 0200 000161 03f2 ff"],
    ["a ziplist of another count", "0c 10 10000000 0d000000 0300 000161 03f2 ff"],
    ["a ziplist with two lengths", "0c 10 10000000 0d000000 0200 000161 04f2 ff"],
    ["a ziplist of an unknown encoding", "0c 10 10000000 0d000000 0200 000161 03c1 ff"],
    ["a ziplist without an end", "0c 10 10000000 0d000000 0200 000161 03f2 00"],
    ["a ziplist that ends within", "0c 10 10000000 0d000000 0200 000561 03f2 ff"],
  ];
  test.each(damaged)("is refused with %s", (_damage, body) => {
    expectRefused(sealed(body), "BAD_FORMAT");
  });
});

describe("a damaged payload with a right checksum", () => {
  const bodies = [
    ...PAYLOADS.map((payload) => payload.subarray(0, -FOOTER_BYTES)),
    ...[REDIS_ZIPLIST, FULL_ZIPLIST, TEXT_SCORES].map((body) =>
      Buffer.from(body.replaceAll(" ", ""), "hex"),
    ),
  ];

  test("is refused or a value, whichever bit was flipped", () => {
    for (const body of bodies) {
      for (let bit = 0; bit < body.length * 8; bit++) {
        const flipped = Buffer.from(body);
        flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
        expectValueOrRefusal(flipped);
      }
    }
  });

  test("is refused wherever it is cut off", () => {
    for (const body of bodies) {
      for (let end = 0; end < body.length; end++) {
        expectRefused(sealed(body.subarray(0, end)), "BAD_FORMAT");
      }
    }
  });

  test("is refused or a value, whichever bytes were written over", () => {
    const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(
        fc.constantFrom(...bodies),
        fc.array(change, { minLength: 1, maxLength: 6 }),
        (body, changes) => {
          const changed = Buffer.from(body);
          for (const [at, byte] of changes) changed[at % changed.length] = byte;
          expectValueOrRefusal(changed);
        },
      ),
      { numRuns: 3000 },
    );
  });

  test("is refused or a value, whatever follows a type", () => {
    const type = fc.constantFrom(0, 3, 5, 12, 17);
    fc.assert(
      fc.property(type, fc.uint8Array({ maxLength: 40 }), (first, rest) => {
        expectValueOrRefusal(Buffer.from([first, ...rest]));
      }),
      { numRuns: 3000 },
    );
  });
});
