import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { LoadingState } from "../persistence/persistence-state.ts";
import { withProgress } from "./loading-progress.ts";

const MIB = 1024 ** 2;
const half: LoadingState = {
  startedAtMs: 0,
  totalBytes: 200 * MIB,
  loadedBytes: 100 * MIB,
  keys: 12_345,
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Shows half of the loading for so long, and gives what was written and what was noted. */
async function shown(isTTY: boolean, ms: number, server: { loading: LoadingState | undefined }) {
  const [written, noted]: [string[], string[]] = [[], []];
  const terminal = { columns: 80, isTTY, write: (text: string) => written.push(text) > 0 };
  const log = { lineStart: "", notice: (text: string) => void noted.push(text) };
  const result = await withProgress(server, log, terminal, async () => {
    await vi.advanceTimersByTimeAsync(ms);
    return "loaded";
  });
  expect(result).toBe("loaded");
  return { written, noted };
}

test("a terminal has a bar, ten times a second at most, which is gone in the end", async () => {
  const { written, noted } = await shown(true, 1000, { loading: half });
  expect(written).toHaveLength(11);
  expect(written[0]?.slice("\r\u001B[K".length)).toMatch(
    /^\[#+-+\] Loading 50 % \(100\.0 of 200\.0 MiB, 12345 keys\)$/,
  );
  expect(written[0]?.length).toBeLessThanOrEqual(80 + "\r\u001B[K".length);
  expect(written.at(-1)).toBe("\r\u001B[K");
  expect(noted).toEqual([]);
});

test("where there is no terminal the log has a line every few seconds", async () => {
  const { written, noted } = await shown(false, 11_000, { loading: half });
  expect(written).toEqual([]);
  expect(noted).toEqual(Array(2).fill("Loading: 50 % (100.0 of 200.0 MiB, 12345 keys)"));
});

test("one key is told as one", async () => {
  const { noted } = await shown(false, 6000, { loading: { ...half, keys: 1 } });
  expect(noted).toEqual(["Loading: 50 % (100.0 of 200.0 MiB, 1 key)"]);
});

test("nothing is shown where nothing is loaded", async () => {
  const { written, noted } = await shown(true, 11_000, { loading: undefined });
  expect([...written, ...noted]).toEqual([]);
});
