import { describe, expect, test } from "vitest";
import { ReplyTooLongError, ReplyWriter } from "./reply-writer.ts";

describe("a writer that may hold so many bytes", () => {
  test("takes no more, and keeps what it has", () => {
    const writer = new ReplyWriter(100_000);
    for (let i = 0; i < 9; i++) writer.bulk("v".repeat(10_000));
    const { length } = writer;
    expect(() => writer.bulk("v".repeat(10_000))).toThrow(ReplyTooLongError);
    expect(writer.length).toBe(length);
    writer.error("ERR no");
    expect(writer.view().toString("latin1", length)).toBe("-ERR no\r\n");
    expect(writer.view().buffer.byteLength).toBeLessThanOrEqual(100_000);
  });

  test("begins no aggregate that cannot fit", () => {
    const writer = new ReplyWriter(100);
    writer.array(33);
    for (const begin of [() => writer.array(34), () => writer.map(17), () => writer.set(34)]) {
      expect(begin).toThrow(ReplyTooLongError);
    }
    expect(writer.view().toString()).toBe("*33\r\n");
  });
});
