import { expect, test, vi } from "vitest";
import { CallInTurn } from "./call-in-turn.ts";

const forever = (): Promise<never> => new Promise(() => {});

/** Whether a promise has settled by now. */
async function hasSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol("pending");
  await new Promise(setImmediate);
  return (await Promise.race([promise, Promise.resolve(pending)])) !== pending;
}

test("a call ends its turn with its work, however that comes out", async () => {
  const call = new CallInTurn(async () => "done");
  await call.begin();
  expect(await call.outcome).toBe("done");
  const failing = new CallInTurn(() => Promise.reject(new Error("no")));
  await failing.begin();
  await expect(failing.outcome).rejects.toThrow("no");
});

test("a call that was dropped before its turn does nothing, and nobody waits for it", async () => {
  const work = vi.fn(forever);
  const call = new CallInTurn(work);
  call.drop();
  await call.begin();
  expect(work).not.toHaveBeenCalled();
  expect(call.hasBegun).toBe(false);
  expect(await hasSettled(call.outcome)).toBe(true);
});

test("a call that is dropped under way keeps its turn; one that has timed out does not", async () => {
  const call = new CallInTurn(forever);
  const turn = call.begin();
  call.drop();
  expect(await hasSettled(turn)).toBe(false);
  call.onTimeout();
  expect(await hasSettled(turn)).toBe(true);
});
