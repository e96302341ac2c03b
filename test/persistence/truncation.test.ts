import { describe, expect, it } from "vitest";
import { textOf } from "./support/data-of.ts";
import { keepSome, lastIncrement, NOW_MS, startOn } from "./support/kept-directory.ts";
import { VirtualTurns } from "./support/virtual-turns.ts";

/** `#CRC32:` and eight digits, which follow what is handed to the system at once. */
const CHECKSUM_BYTES = 17;

describe("a journal that ends at any byte", () => {
  it("is cut behind its last whole unit, which is said, and goes on from there", async () => {
    using turns = new VirtualTurns();
    const { disk, states, lengths } = await keepSome(turns, true);
    const path = lastIncrement(disk);
    const whole = disk.contentOf(path);
    for (let length = 0; length < whole.length; length++) {
      const cut = disk.copy();
      cut.put(path, whole.subarray(0, length));
      const last = lengths.findLastIndex(
        (end, i) => end - (i === 0 ? 0 : CHECKSUM_BYTES) <= length,
      );
      const process = startOn(cut, turns, {});
      await process.open();
      expect([length, textOf(process.data, NOW_MS)]).toEqual([length, states[last]]);
      const isWhole = endsWhole(whole.subarray(0, length), lengths);
      expect([length, process.warnings.length]).toEqual([length, isWhole ? 0 : 1]);
      if (!isWhole) expect(process.warnings[0]).toContain(path.slice(path.lastIndexOf("/") + 1));
      process.run([["SET", "after", "it"]], 0);
      const after = textOf(process.data, NOW_MS);
      await process.close();
      process.kill();
      const next = startOn(cut, turns, {});
      await next.open();
      expect([length, textOf(next.data, NOW_MS), next.warnings]).toEqual([length, after, []]);
      next.kill();
    }
  }, 60_000);

  it("is not opened where that is asked for, and is left as it is", async () => {
    using turns = new VirtualTurns();
    const { disk, lengths } = await keepSome(turns, true);
    const path = lastIncrement(disk);
    const whole = disk.contentOf(path);
    for (let length = lengths.at(-3) as number; length < whole.length; length++) {
      if (endsWhole(whole.subarray(0, length), lengths)) continue;
      const cut = disk.copy();
      cut.put(path, whole.subarray(0, length));
      const process = startOn(cut, turns, { loadTruncated: false });
      await expect(process.open()).rejects.toMatchObject({ code: "PERSISTENCE_FAILED" });
      expect(cut.contentOf(path)).toEqual(whole.subarray(0, length));
      process.kill();
    }
  });

  it("may end in NULs instead, as a power cut leaves them", async () => {
    using turns = new VirtualTurns();
    const { disk, states, lengths } = await keepSome(turns, true);
    const path = lastIncrement(disk);
    const whole = disk.contentOf(path);
    const last = lengths.length - 2;
    for (const nuls of [1, 16, 5000]) {
      const cut = disk.copy();
      cut.put(path, Buffer.concat([whole.subarray(0, lengths[last]), Buffer.alloc(nuls)]));
      const process = startOn(cut, turns, {});
      await process.open();
      expect(textOf(process.data, NOW_MS)).toBe(states[last]);
      expect(process.warnings).toHaveLength(1);
      process.kill();
    }
  });
});

/** Whether nothing is incomplete: also behind the choice of a database, which changes nothing. */
function endsWhole(content: Buffer, lengths: readonly number[]): boolean {
  const { length } = content;
  if (lengths.some((end) => end === length || end - CHECKSUM_BYTES === length)) return true;
  return /SELECT\r\n\$1\r\n\d\r\n$/.test(content.toString("latin1"));
}
