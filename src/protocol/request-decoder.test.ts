import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NameCache } from "./name-cache.ts";
import {
  ProtocolError,
  QueryBufferError,
  RequestDecoder,
  type RequestLimits,
} from "./request-decoder.ts";

const LIMITS: RequestLimits = {
  maxBulkBytes: 512 * 1024 * 1024,
  maxArguments: 2 ** 31 - 1,
  maxInlineBytes: 64 * 1024,
  maxBufferedBytes: 1024 ** 3,
};

/** What a decoder made of a stream: commands, and the message of the error that ended it. */
interface Outcome {
  readonly commands: string[][];
  readonly error: string | undefined;
}

/** Feeds the pieces of a stream one by one, each in a buffer that is overwritten afterwards. */
function decodePieces(pieces: readonly Buffer[], decoder: RequestDecoder): Outcome {
  const commands: string[][] = [];
  try {
    for (const piece of pieces) {
      const borrowed = Buffer.from(piece);
      decoder.push(borrowed);
      for (let command = decoder.next(); command !== undefined; command = decoder.next()) {
        commands.push(command);
      }
      borrowed.fill("?");
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { commands, error: error.message };
  }
  return { commands, error: undefined };
}

function decode(stream: string, decoder = new RequestDecoder(LIMITS)): Outcome {
  return decodePieces([Buffer.from(stream, "latin1")], decoder);
}

function cut(stream: Buffer, at: readonly number[]): Buffer[] {
  const places = [0, ...at.map((n) => n % (stream.length + 1)), stream.length];
  places.sort((a, b) => a - b);
  return places.slice(1).map((place, i) => stream.subarray(places[i], place));
}

function encode(command: readonly string[]): string {
  return `*${command.length}\r\n${command.map((text) => `$${text.length}\r\n${text}\r\n`).join("")}`;
}

const byteString = fc.uint8Array({ maxLength: 40 }).map((b) => Buffer.from(b).toString("latin1"));
const someCuts = fc.array(fc.nat(), { maxLength: 8 });

describe("a request decoder", () => {
  test("gives the commands of a chunk, one after the other", () => {
    const stream = "*1\r\n$4\r\nPING\r\nget key\r\n*3\r\n$3\r\nSET\r\n$0\r\n\r\n$2\r\n\r\n\r\n";
    expect(decode(stream).commands).toEqual([["PING"], ["get", "key"], ["SET", "", "\r\n"]]);
  });

  test("waits for the rest of a command", () => {
    const decoder = new RequestDecoder(LIMITS);
    const stream = encode(["SET", "key", "value"]);
    for (const char of stream.slice(0, -1)) {
      decoder.push(Buffer.from(char));
      expect(decoder.next()).toBeUndefined();
    }
    decoder.push(Buffer.from(stream.slice(-1)));
    expect(decoder.next()).toEqual(["SET", "key", "value"]);
    expect(decoder.bufferedBytes).toBe(0);
  });

  test("passes over empty commands", () => {
    expect(decode("*0\r\n*-1\r\n*-10\r\n\r\n\n  \r\nPING\n")).toEqual({
      commands: [["PING"]],
      error: undefined,
    });
  });

  test("reads lines that end without a carriage return", () => {
    expect(decode("ECHO \"a b\"\nECHO 'c'\r\n").commands).toEqual([
      ["ECHO", "a b"],
      ["ECHO", "c"],
    ]);
  });

  test("gives back what was encoded, however it is cut", () => {
    const command = fc.array(byteString, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.array(command, { maxLength: 10 }), someCuts, (commands, cuts) => {
        const stream = Buffer.from(commands.map(encode).join(""), "latin1");
        const decoder = new RequestDecoder(LIMITS);
        expect(decodePieces(cut(stream, cuts), decoder)).toEqual({ commands, error: undefined });
        expect(decoder.bufferedBytes).toBe(0);
      }),
    );
  });

  test("takes all of a stream before the first command is asked for, too", () => {
    const commands = Array.from({ length: 500 }, (_, i) => ["SET", `key:${i}`, "v".repeat(i)]);
    const stream = Buffer.from(commands.map(encode).join(""));
    const decoder = new RequestDecoder(LIMITS);
    for (let at = 0; at < stream.length; at += 100) {
      decoder.push(stream.subarray(at, at + 100));
      if (at % 700 === 0) expect(decoder.next()).toEqual(commands.shift());
    }
    for (const command of commands) expect(decoder.next()).toEqual(command);
    expect(decoder.next()).toBeUndefined();
  });

  test("may share what it learnt of names with others", () => {
    const names = new NameCache();
    for (const name of ["GET", "SET", "get", "GET"]) {
      const decoder = new RequestDecoder(LIMITS, names);
      expect(decode(encode([name, "key"]), decoder).commands).toEqual([[name, "key"]]);
    }
  });
});

describe("a broken request", () => {
  test.each([
    ["*\r\n", "invalid multibulk length"],
    ["*a\r\n", "invalid multibulk length"],
    ["*+1\r\n", "invalid multibulk length"],
    ["*01\r\n", "invalid multibulk length"],
    ["*3000000000\r\n", "invalid multibulk length"],
    ["*9999999999999999999999\r\n", "invalid multibulk length"],
    ["*1\r\n$\r\n", "invalid bulk length"],
    ["*1\r\n$-1\r\n", "invalid bulk length"],
    ["*1\r\n$00\r\n", "invalid bulk length"],
    ["*1\r\n$blabla\r\n", "invalid bulk length"],
    ["*1\r\n$2000000000\r\n", "invalid bulk length"],
    ["*1\r\n$536870912\r\n", "invalid bulk length"],
    ["*1\r\nfoo\r\n", "expected '$', got 'f'"],
    ["*1\r\n:1\r\n", "expected '$', got ':'"],
    ["*1\r\n\r\n", "expected '$', got '\r'"],
    ["*3\r\n$3\r\nSET\r\n$1\r\nx\r\nfooz\r\n", "expected '$', got 'f'"],
    ["set k 'v\r\n", "unbalanced quotes in request"],
    ['"a"b\n', "unbalanced quotes in request"],
    ["a".repeat(65_537), "too big inline request"],
    [`${"a".repeat(65_537)}\n`, "too big inline request"],
    [`\0\n${"a".repeat(65_535)}`, "too big inline request"],
    [`*${"1".repeat(65_536)}`, "too big mbulk count string"],
    [`*\0\r\n${"payload".repeat(10_000)}`, "too big mbulk count string"],
    [`*1\r\n$${"1".repeat(65_536)}`, "too big bulk count string"],
    [`*1\r\n\0${"1".repeat(65_536)}`, "too big bulk count string"],
    [`*1\r\n\x001\r\n${"1".repeat(65_536)}`, "too big bulk count string"],
  ])("%j is refused in Redis' words", (stream, message) => {
    const bytes = Buffer.from(stream, "latin1");
    const expected = { commands: [], error: message };
    expect(decodePieces([bytes], new RequestDecoder(LIMITS))).toEqual(expected);
    const tens = cut(
      bytes,
      Array.from({ length: stream.length / 10 }, (_, i) => i * 10),
    );
    expect(decodePieces(tens, new RequestDecoder(LIMITS))).toEqual(expected);
  });

  test("comes after the commands before it, and nothing after it is decoded", () => {
    const decoder = new RequestDecoder(LIMITS);
    decoder.push(Buffer.from("PING\r\n*a\r\nPING\r\n"));
    expect(decoder.next()).toEqual(["PING"]);
    expect(() => decoder.next()).toThrow(new ProtocolError("invalid multibulk length"));
    decoder.push(Buffer.from("PING\r\n"));
    expect(() => decoder.next()).toThrow(new ProtocolError("invalid multibulk length"));
    expect(decoder.bufferedBytes).toBe(0);
  });

  test("of any bytes is refused alike however it is cut, and never in another way", () => {
    const bytesOfSyntax = fc.constantFrom(...Array.from("*$-0123456789\r\n\0'\"\\ ax"));
    const parts = ["\r\n", "*1\r\n", "*2\r\n$1\r\na\r\n", "$3\r\nfoo\r\n", "PING\r\n", "$1\r\n"];
    const nearly = fc.oneof(bytesOfSyntax, fc.constantFrom(...parts));
    const hostile = fc.array(nearly, { maxLength: 60 }).map((parts) => parts.join(""));
    const limits = { ...LIMITS, maxBulkBytes: 100, maxInlineBytes: 20 };
    fc.assert(
      fc.property(fc.oneof(hostile, byteString), someCuts, fc.boolean(), (stream, cuts, known) => {
        const bytes = Buffer.from(stream, "latin1");
        const [whole, inPieces] = [[bytes], cut(bytes, cuts)].map((pieces) => {
          const decoder = new RequestDecoder(limits);
          decoder.isAuthenticated = known;
          return decodePieces(pieces, decoder);
        });
        expect(inPieces).toEqual(whole);
      }),
      { numRuns: 3000 },
    );
  });
});

describe("a limit", () => {
  test("of an argument's bytes", () => {
    const limits = { ...LIMITS, maxBulkBytes: 5 };
    expect(decode("*1\r\n$5\r\nabcde\r\n", new RequestDecoder(limits)).commands).toEqual([
      ["abcde"],
    ]);
    expect(decode("*1\r\n$6\r\n", new RequestDecoder(limits)).error).toBe("invalid bulk length");
  });

  test("of the number of arguments", () => {
    const limits = { ...LIMITS, maxArguments: 2 };
    expect(decode(encode(["a", "b"]), new RequestDecoder(limits)).commands).toEqual([["a", "b"]]);
    expect(decode("*3\r\n", new RequestDecoder(limits)).error).toBe("invalid multibulk length");
  });

  test("of a line", () => {
    const limits = { ...LIMITS, maxInlineBytes: 4 };
    expect(decode("PING\n", new RequestDecoder(limits)).commands).toEqual([["PING"]]);
    expect(decode("PINGS\n", new RequestDecoder(limits)).error).toBe("too big inline request");
  });

  test("of the arguments of a client that has not authenticated", () => {
    const stranger = new RequestDecoder(LIMITS);
    stranger.isAuthenticated = false;
    const ten = Array.from({ length: 10 }, () => "x".repeat(16_384));
    expect(decode(encode(ten), stranger).commands).toEqual([ten]);
    expect(decode("*11\r\n", stranger).error).toBe("unauthenticated multibulk length");
  });

  test("of the bytes of a client that has not authenticated", () => {
    const stranger = new RequestDecoder(LIMITS);
    stranger.isAuthenticated = false;
    expect(decode("*1\r\n$16385\r\n", stranger).error).toBe("unauthenticated bulk length");
  });

  test("no longer holds for the commands behind the one that authenticated", () => {
    const client = new RequestDecoder(LIMITS);
    client.isAuthenticated = false;
    client.push(Buffer.from(`AUTH secret\r\n${encode(Array.from({ length: 11 }, () => "x"))}`));
    expect(client.next()).toEqual(["AUTH", "secret"]);
    client.isAuthenticated = true;
    expect(client.next()).toHaveLength(11);
  });

  test("of what is held: bytes that wait, arguments that are decoded, and how many there are", () => {
    const limits = { ...LIMITS, maxBufferedBytes: 1000 };
    const streams = [
      `*2\r\n$2000\r\n${"x".repeat(2000)}`,
      `*100\r\n${`$90\r\n${"x".repeat(90)}\r\n`.repeat(20)}`,
      `*1000\r\n${"$0\r\n\r\n".repeat(500)}`,
    ];
    for (const stream of streams) {
      const decoder = new RequestDecoder(limits);
      let held = 0;
      const feed = (): void => {
        for (let at = 0; at < stream.length; at += 10) {
          decoder.push(Buffer.from(stream.slice(at, at + 10)));
          held = Math.max(held, decoder.bufferedBytes);
          decoder.next();
        }
      };
      expect(feed).toThrow(QueryBufferError);
      expect(held).toBeGreaterThan(900);
      expect(held).toBeLessThanOrEqual(1000);
      expect(decoder.bufferedBytes).toBe(0);
    }
  });

  test("of what is held does not bound the commands that pass through", () => {
    const decoder = new RequestDecoder({ ...LIMITS, maxBufferedBytes: 1000 });
    for (let i = 0; i < 100; i++) {
      expect(decode(encode(["SET", "key", "x".repeat(500)]), decoder).commands).toHaveLength(1);
    }
  });
});

test("a large argument takes time in proportion to its bytes, in however many chunks", () => {
  const decoder = new RequestDecoder(LIMITS);
  const chunk = Buffer.alloc(1000, "x");
  const chunks = 64_000;
  let complete = 0;
  decoder.push(Buffer.from(`*1\r\n$${chunk.length * chunks}\r\n`));
  // Were all that came before copied for each chunk, these would be two million megabytes.
  for (let i = 0; i < chunks; i++) {
    decoder.push(chunk);
    if (decoder.next() !== undefined) complete++;
  }
  expect(complete).toBe(0);
  decoder.push(Buffer.from("\r\n"));
  expect(decoder.next()?.[0]).toHaveLength(chunk.length * chunks);
});
