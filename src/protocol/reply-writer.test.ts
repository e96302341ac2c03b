import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ReplyWriter } from "./reply-writer.ts";

/** What is written, in both versions of the protocol. */
function written(write: (writer: ReplyWriter) => void): [resp2: string, resp3: string] {
  const replies = ([2, 3] as const).map((version) => {
    const writer = new ReplyWriter();
    writer.version = version;
    write(writer);
    return writer.view().toString("latin1");
  });
  return replies as [string, string];
}

function inBoth(reply: string): [string, string] {
  return [reply, reply];
}

describe("a reply that is the same in RESP2 and RESP3", () => {
  test("a status", () => {
    expect(written((w) => w.simple("PONG"))).toEqual(inBoth("+PONG\r\n"));
    expect(written((w) => w.ok())).toEqual(inBoth("+OK\r\n"));
  });

  test("an error, which stays on its line", () => {
    expect(written((w) => w.error("ERR no"))).toEqual(inBoth("-ERR no\r\n"));
    expect(written((w) => w.error("ERR a\r\nb\nc"))).toEqual(inBoth("-ERR a  b c\r\n"));
  });

  test("an integer of any size", () => {
    for (const value of [0, 1, 9, 10, 99, 100, 12_345, -1, 2 ** 31 - 1, 2 ** 31, -(2 ** 53) + 1]) {
      expect(written((w) => w.integer(value))).toEqual(inBoth(`:${value}\r\n`));
    }
    expect(written((w) => w.integer(2n ** 63n - 1n))).toEqual(inBoth(":9223372036854775807\r\n"));
    expect(written((w) => w.integer(-(2n ** 63n)))).toEqual(inBoth(":-9223372036854775808\r\n"));
  });

  test("a byte string of any bytes and length", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 0, max: 3 }), (bytes, n) => {
        const text = Buffer.from(bytes)
          .toString("latin1")
          .repeat(10 ** n);
        const expected = `$${text.length}\r\n${text}\r\n`;
        for (const reply of written((w) => w.bulk(text))) expect(reply === expected).toBe(true);
        for (const reply of written((w) => w.bulkOrNull(text))) {
          expect(reply === expected).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });

  test("an array", () => {
    expect(written((w) => w.array(0))).toEqual(inBoth("*0\r\n"));
    expect(written((w) => w.array(1_048_576))).toEqual(inBoth("*1048576\r\n"));
  });
});

describe("a reply that RESP3 has a type for", () => {
  test.each<[string, (w: ReplyWriter) => void, string, string]>([
    ["null", (w) => w.null(), "$-1\r\n", "_\r\n"],
    ["a missing byte string", (w) => w.bulkOrNull(undefined), "$-1\r\n", "_\r\n"],
    ["a missing array", (w) => w.nullArray(), "*-1\r\n", "_\r\n"],
    ["a map", (w) => w.map(12), "*24\r\n", "%12\r\n"],
    ["a set", (w) => w.set(3), "*3\r\n", "~3\r\n"],
    ["a push", (w) => w.push(2), "*2\r\n", ">2\r\n"],
    ["a double", (w) => w.double(3.1), "$18\r\n3.1000000000000001\r\n", ",3.1000000000000001\r\n"],
    ["infinity", (w) => w.double(-Infinity), "$4\r\n-inf\r\n", ",-inf\r\n"],
    ["a spelt number", (w) => w.longDouble("3.1"), "$3\r\n3.1\r\n", ",3.1\r\n"],
    ["true", (w) => w.boolean(true), ":1\r\n", "#t\r\n"],
    ["false", (w) => w.boolean(false), ":0\r\n", "#f\r\n"],
    ["a big number", (w) => w.bigNumber("-123"), "$4\r\n-123\r\n", "(-123\r\n"],
    [
      "a verbatim text",
      (w) => w.verbatim("txt", "hello"),
      "$5\r\nhello\r\n",
      "=9\r\ntxt:hello\r\n",
    ],
  ])("%s", (_name, write, resp2, resp3) => {
    expect(written(write)).toEqual([resp2, resp3]);
  });

  test("attributes", () => {
    expect(written((w) => w.attribute(1))[1]).toBe("|1\r\n");
  });
});

describe("a reply writer", () => {
  test("keeps the order of replies while it grows", () => {
    const writer = new ReplyWriter();
    let expected = "";
    for (let i = 0; i < 20_000; i++) {
      writer.bulk(`value ${i}`);
      expected += `$${`value ${i}`.length}\r\nvalue ${i}\r\n`;
    }
    expect(writer.length).toBe(expected.length);
    expect(writer.view().toString("latin1") === expected).toBe(true);
  });

  test("takes back what was written beyond a length", () => {
    const writer = new ReplyWriter();
    writer.ok();
    const { length } = writer;
    writer.array(2);
    writer.integer(1);
    writer.truncate(length);
    writer.truncate(length + 100);
    writer.error("ERR no");
    expect(writer.view().toString()).toBe("+OK\r\n-ERR no\r\n");
  });

  test("writes from the start again after a reset, into the same memory", () => {
    const writer = new ReplyWriter();
    writer.simple("first");
    const { buffer } = writer.view();
    writer.reset();
    expect(writer.length).toBe(0);
    writer.simple("next");
    expect(writer.view().toString()).toBe("+next\r\n");
    expect(writer.view().buffer).toBe(buffer);
  });

  test("lets go of a buffer that has grown large", () => {
    const writer = new ReplyWriter();
    writer.bulk("x".repeat(1_000_000));
    writer.reset();
    writer.ok();
    expect(writer.view().buffer.byteLength).toBeLessThanOrEqual(64 * 1024);
  });

  test("leaves a released view untouched", () => {
    const writer = new ReplyWriter();
    writer.simple("held by a socket");
    const held = writer.view();
    writer.release();
    expect(writer.length).toBe(0);
    expect(writer.view()).toHaveLength(0);
    writer.simple("written afterwards");
    expect(held.toString()).toBe("+held by a socket\r\n");
    expect(writer.view().toString()).toBe("+written afterwards\r\n");
  });
});
