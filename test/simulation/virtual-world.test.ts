import { expect, it } from "vitest";
import { VirtualWorld } from "./virtual-world.ts";

it("runs timers in the order of their moments, and those of one moment as they were set", async () => {
  const world = new VirtualWorld();
  const seen: string[] = [];
  for (const [ms, name] of [
    [30, "c"],
    [10, "a"],
    [20, "b"],
    [10, "a2"],
    [7, "first"],
  ] as const) {
    world.after(ms, () => seen.push(`${name}@${world.elapsedMs}`));
  }
  await world.run(() => false, 25);
  expect(seen).toEqual(["first@7", "a@10", "a2@10", "b@20"]);
  expect(world.elapsedMs).toBe(25);
});

it("lets all microtasks settle before time goes on", async () => {
  const world = new VirtualWorld();
  const seen: number[] = [];
  world.after(1, () => {
    void (async () => {
      for (let i = 0; i < 1000; i++) await Promise.resolve();
      seen.push(world.elapsedMs);
    })();
  });
  world.after(2, () => seen.push(-1));
  await world.run(() => false, 5);
  expect(seen).toEqual([1, -1]);
});

it("does not run a cleared timer, rounds fractions up, and takes at least a millisecond", async () => {
  const world = new VirtualWorld();
  const seen: number[] = [];
  const { timers } = world;
  timers.clearTimeout(timers.setTimeout(() => seen.push(NaN), 1));
  timers.setTimeout(() => seen.push(world.elapsedMs), 0);
  timers.setTimeout(() => seen.push(world.elapsedMs), 1.2);
  await world.run(() => false, 5);
  expect(seen).toEqual([1, 2]);
});

it("stops as soon as what it waits for holds", async () => {
  const world = new VirtualWorld();
  let done = false;
  void world.sleep(40).finally(() => {
    done = true;
  });
  expect(await world.run(() => done, 1000)).toBe(true);
  expect(world.elapsedMs).toBe(40);
  expect(await world.run(() => false, 10)).toBe(false);
});

it("keeps what a timer threw, and ends by it", async () => {
  const world = new VirtualWorld();
  world.after(3, () => {
    throw new Error("of a timer");
  });
  world.after(4, () => expect.unreachable("it has ended"));
  expect(await world.run(() => false, 100)).toBe(false);
  expect(world.error).toEqual(new Error("of a timer"));
});
