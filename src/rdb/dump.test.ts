import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dump, type DumpSource, restore } from "./dump.ts";
import type { RdbEntry } from "./value.ts";

/** As C's `%.17g`, but for halves, which round up here. */
function formatScore(score: number): string {
  const [digits = "", exponentText = ""] = score.toExponential(16).split("e");
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 17) {
    const size = String(Math.abs(exponent)).padStart(2, "0");
    return `${withoutZeros(digits)}e${exponent < 0 ? "-" : "+"}${size}`;
  }
  return withoutZeros(score.toFixed(16 - exponent));
}

function withoutZeros(digits: string): string {
  return digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;
}

function dumpHex(source: DumpSource, compress?: boolean): string {
  const options = compress === undefined ? { formatScore } : { formatScore, compress };
  return Buffer.from(dump(source, options), "latin1").toString("hex");
}

function restoreHex(hex: string): ReturnType<typeof restore> {
  return restore(Buffer.from(hex, "hex").toString("latin1"));
}

function byScore(a: RdbEntry, b: RdbEntry): number {
  if (a.score !== b.score) return a.score - b.score;
  return a.member < b.member ? -1 : 1;
}

function sortedSet(scores: ReadonlyMap<string, number>, listpack: boolean): DumpSource {
  const entries = Array.from(scores, ([member, score]) => ({ member, score })).sort(byScore);
  return { type: "sorted-set", size: entries.length, entries, listpack };
}

function scoresOf(members: readonly RdbEntry[]): Map<string, number> {
  return new Map(members.map(({ member, score }) => [member, score]));
}

const SOLILOQUY =
  "To be, or not to be, that is the question: Whether 'tis nobler in the mind to suffer " +
  "The slings and arrows of outrageous fortune, Or to take arms against a sea of troubles " +
  "And by opposing end them.";

/** What Redis 7.0.15 answers to DUMP. */
const STRINGS: readonly [value: string, hex: string][] = [
  ["", "00000a005d9b5c400f7fa2da"],
  ["0", "00c0000a009840a778f8500308"],
  ["-0", "00022d300a00d5411fd9d6d050cc"],
  ["00", "000230300a00d2e5848f3d1d6f50"],
  ["+1", "00022b310a00c286f0d7439aee6f"],
  ["127", "00c07f0a000db5eb315254c514"],
  ["128", "00c180000a00eb7ab3b510cf4b65"],
  ["-128", "00c0800a009966326d2f0c5bd9"],
  ["-129", "00c17fff0a001760822854808480"],
  ["32767", "00c1ff7f0a00495a37da17f4d52b"],
  ["32768", "00c2008000000a0045d82eedd5bda910"],
  ["-32768", "00c100800a00b540064753bb1ace"],
  ["-32769", "00c2ff7fffff0a00aee34c4d06c68536"],
  ["2147483647", "00c2ffffff7f0a002c74e59ee02eada1"],
  ["2147483648", "000a323134373438333634380a00e7b129a34c1d76ee"],
  ["-2147483648", "00c2000000800a00c74f873e33558187"],
  ["-2147483649", "000b2d323134373438333634390a00c261377908f2028c"],
  ["9223372036854775807", "0013393232333337323033363835343737353830370a003a657e9481e85f22"],
  ["9223372036854775808", "0013393232333337323033363835343737353830380a0037d576b70c698fc8"],
  ["-9223372036854775808", "00142d393232333337323033363835343737353830380a00ede2b956eb709e81"],
  ["12345678901", "000b31323334353637383930310a00304e52d727176510"],
  ["\0\x80\xff\r\n", "00050080ff0d0a0a00f5074c6b0d35fb06"],
  ["a".repeat(20), "001461616161616161616161616161616161616161610a0083b46b5e1b11acf1"],
  ["a".repeat(21), "00c30615016161e00a000a00fd0cb36807413f68"],
  ["a".repeat(22), "00c30816016161e00a0000610a008eed18203b3bc745"],
  ["abcdefghijklmnopqrst", "00146162636465666768696a6b6c6d6e6f70717273740a0085f41a84e2b570f6"],
  ["abcdefghijklmnopqrstu", "00156162636465666768696a6b6c6d6e6f7071727374750a00ad1c23029a10e306"],
  ["abcdefghibcdefghiABCD", "00156162636465666768696263646566676869414243440a003e441a6231dc46e2"],
  ["x".repeat(63), "00c3093f017878e032000178780a0072a017a560edf6e5"],
  [
    "0123456789".repeat(100),
    "00c31b43e80a3031323334353637383930e0ff09e1ff0de2ff11e2ba110138390a00f7747d029fc37454",
  ],
  [
    SOLILOQUY,
    "00c340bd40c50e546f2062652c206f72206e6f742074800d067468617420697320070e65207175657374696f6e3a" +
      "2057686520100372202774201a036e6f626c200b01696e6024036d696e64403c037375666620150054203707" +
      "736c696e6773206120181a6172726f7773206f66206f7574726167656f757320666f7274756e207a014f7240" +
      "390374616b652028006d20310b6761696e737420612073656140340374726f75206c02732041204b07627920" +
      "6f70706f73205c012065200f2091016d2e0a0054f8afc5e7d890fd",
  ],
];

const INTEGERS: ReadonlyMap<string, number> = new Map([
  ["a", 0],
  ["b", 1],
  ["c", -1],
  ["d", 127],
  ["e", 128],
  ["f", 4095],
  ["g", 4096],
  ["h", -4096],
  ["i", -4097],
  ["j", 32_767],
  ["k", 32_768],
  ["l", 8_388_607],
  ["m", 8_388_608],
  ["n", 2_147_483_647],
  ["o", 2_147_483_648],
  ["p", -2_147_483_649],
]);

const ODDITIES: ReadonlyMap<string, number> = new Map([
  ["one", 1.5],
  ["minus", -0],
  ["top", Infinity],
  ["bottom", -Infinity],
  ["third", 1 / 3],
  ["huge", 1e300],
  ["edge", 2 ** 62],
  ["above", 2 ** 62 + 1024],
  ["17", 17],
  ["x".repeat(64), 2 ** 53],
  ["\0\xff", -2.25],
]);

/** What Redis 7.0.15 answers to DUMP, with either encoding. */
const SORTED_SETS: readonly [
  name: string,
  scores: ReadonlyMap<string, number>,
  listpack: boolean,
  hex: string,
][] = [
  [
    "integers in a listpack",
    INTEGERS,
    true,
    "11407f7f0000002000817002f4ffffff7fffffffff09816902f1ffef03816802d00002816302dfff02816102" +
      "000181620201018164027f01816502c08002816602cfff02816702f1001003816a02f1ff7f03816b02f20080" +
      "0004816c02f2ffff7f04816d02f30000800005816e02f3ffffff7f05816f02f4000000800000000009ff0a00" +
      "36bdf1faa9478584",
  ],
  [
    "integers in a skip list",
    INTEGERS,
    false,
    "0510016f000000000000e041016e0000c0ffffffdf41016d0000000000006041016c000000c0ffff5f41016b" +
      "000000000000e040016a00000000c0ffdf400167000000000000b04001660000000000feaf40016500000000" +
      "0000604001640000000000c05f400162000000000000f03f016100000000000000000163000000000000f0bf" +
      "0168000000000000b0c00169000000000001b0c00170000020000000e0c10a005c058381a1526220",
  ],
  [
    "oddities in a listpack",
    ODDITIES,
    true,
    "11c340a640f81ff8000000160086626f74746f6d07842d696e66058200ff03852d322e32350685126d696e75" +
      "730600018574686972640693302e33e00600123114836f6e650483312e350411011101e04078e036000142f4" +
      "2094200008200009846564676505a00f1f0040098561626f76650696342e3631313638363031383432373338" +
      "3839652b31043817846875202e0397312e30e005000c31652b3330301883746f70048320e20104ff0a00fe7b" +
      "870de393b8a3",
  ],
  [
    "oddities in a skip list",
    ODDITIES,
    false,
    "050b03746f70000000000000f07f04687567659c7500883ce4377e0561626f7665010000000000d043046564" +
      "6765000000000000d043c3094040017878e033000178780000000000004043c0110000000000003140036f6e" +
      "65000000000000f83f057468697264555555555555d53f056d696e757300000000000000800200ff00000000" +
      "000002c006626f74746f6d000000000000f0ff0a0047a765a282a5603a",
  ],
];

describe("a dump", () => {
  test.each(STRINGS)("of %j has the bytes of Redis', and is read back", (value, hex) => {
    expect(dumpHex({ type: "string", value })).toBe(hex);
    expect(restoreHex(hex)).toEqual({ type: "string", value });
  });

  test("is not compressed where that is not wanted", () => {
    expect(dumpHex({ type: "string", value: "0123456789".repeat(10) }, false)).toBe(
      `004064${"30313233343536373839".repeat(10)}0a00af51930385304ef1`,
    );
  });

  test.each(SORTED_SETS)("of %s has the bytes of Redis'", (_name, scores, listpack, hex) => {
    expect(dumpHex(sortedSet(scores, listpack))).toBe(hex);
  });

  test.each(SORTED_SETS)("of %s is read back", (_name, scores, listpack, hex) => {
    const value = restoreHex(hex);
    if (value.type !== "sorted-set") expect.fail("it became a string");
    // A listpack of Redis' has no -0.
    const kept = new Map(scores);
    if (listpack && kept.has("minus")) kept.set("minus", 0);
    expect(scoresOf(value.members)).toEqual(kept);
  });

  test("of a sorted set that is not as large as it says is refused", () => {
    const entries = [{ member: "a", score: 1 }];
    expect(() => dumpHex({ type: "sorted-set", size: 2, entries, listpack: false })).toThrow(
      "Cannot dump a sorted set of 2: received 1",
    );
  });

  const byteString = fc
    .uint8Array({ maxLength: 300 })
    .map((bytes) => Buffer.from(bytes).toString("latin1"));
  const text = fc.oneof(
    byteString,
    fc.string({ unit: "binary-ascii", maxLength: 8 }).map((part) => part.repeat(40)),
    fc.bigInt({ min: -(2n ** 66n), max: 2n ** 66n }).map(String),
    fc.integer().map(String),
  );
  const score = fc.oneof(fc.double({ noNaN: true }), fc.integer(), fc.maxSafeInteger());

  test("of any string is read back, compressed or not", () => {
    fc.assert(
      fc.property(text, fc.boolean(), (value, compress) => {
        const source: DumpSource = { type: "string", value };
        expect(restore(dump(source, { formatScore, compress }))).toEqual(source);
      }),
      { numRuns: 500 },
    );
  });

  test("of any sorted set is read back in either encoding", () => {
    const scores = fc.array(fc.tuple(text, score), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(scores, fc.boolean(), fc.boolean(), (pairs, listpack, compress) => {
        const given = new Map(pairs);
        const value = restore(dump(sortedSet(given, listpack), { formatScore, compress }));
        if (value.type !== "sorted-set") expect.fail("it became a string");
        const kept = new Map(Array.from(given, ([member, at]) => [member, listpack ? at + 0 : at]));
        expect(scoresOf(value.members)).toEqual(kept);
      }),
      { numRuns: 300 },
    );
  });
});
