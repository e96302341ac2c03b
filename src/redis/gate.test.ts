import { expect, test } from "vitest";
import { Gate } from "./gate.ts";

test("calls go in the order in which they came, also those that come as it opens", async () => {
  const gate = new Gate();
  const made: number[] = [];
  const { promise: opening, resolve: opened } = deferred();
  let openings = 0;
  const pass = async (call: number) =>
    gate.pass(
      async () => {
        openings++;
        await opening;
      },
      async () => {
        made.push(call);
        return call;
      },
    );
  const early = [pass(0), pass(1)];
  const late = opening.then(async () => {
    expect(gate.isBusy).toBe(true);
    return pass(2);
  });
  opened();
  expect(await Promise.all([...early, late])).toEqual([0, 1, 2]);
  expect(made).toEqual([0, 1, 2]);
  expect(openings).toBe(1);
  expect(gate.isBusy).toBe(false);
});

test("when it cannot be opened all fail, and the next call tries again", async () => {
  const gate = new Gate();
  const calls = [gate.pass(shut, async () => 1), gate.pass(shut, async () => 2)];
  for (const call of calls) await expect(call).rejects.toThrow("no");
  expect(
    await gate.pass(
      async () => undefined,
      async () => 3,
    ),
  ).toBe(3);
});

async function shut(): Promise<void> {
  throw new Error("no");
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
