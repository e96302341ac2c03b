import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KeyLocks } from "./key-locks.ts";

/** Grants are promises: all that are due have been seen when the event loop has turned. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

type Kind = "write" | "read" | "everything";

/** A call that takes keys, or everything, and gives them back some time. */
class Call {
  readonly kind: Kind;
  readonly keys: readonly string[];
  isGranted = false;
  isOver = false;

  constructor(kind: Kind, keys: readonly string[]) {
    this.kind = kind;
    this.keys = keys;
  }

  take(locks: KeyLocks): void {
    const wait = this.#wait(locks);
    const granted = (): void => {
      this.isGranted = true;
    };
    if (wait === undefined) granted();
    else void wait.then(granted);
  }

  #wait(locks: KeyLocks): Promise<void> | undefined {
    const { kind, keys } = this;
    if (kind === "everything") return locks.acquireExclusive();
    if (kind === "read") return locks.share(keys);
    return keys.length === 1 ? locks.acquire(keys[0] as string) : locks.acquireAll(keys);
  }

  giveBack(locks: KeyLocks): void {
    this.isOver = true;
    if (this.kind === "everything") locks.releaseExclusive();
    else if (this.keys.length === 1) locks.release(this.keys[0] as string);
    else locks.releaseAll(this.keys);
  }

  meets(other: Call): boolean {
    if (this.kind === "everything" || other.kind === "everything") return true;
    if (this.kind === "read" && other.kind === "read") return false;
    return this.keys.some((key) => other.keys.includes(key));
  }
}

const KEYS = ["a", "b", "c"];
const keys = fc.shuffledSubarray(KEYS, { minLength: 1 });
const call = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constant("write" as const), keys) },
  { weight: 4, arbitrary: fc.tuple(fc.constant("read" as const), keys) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("everything" as const), fc.constant([])) },
);
/** Another call, or the end of one of those that have their turn. */
const step = fc.oneof(call, fc.nat(9));

/** Those that nobody who called before them, and is not over, is in the way of. */
function due(calls: readonly Call[]): Call[] {
  return calls.filter((call, i) => {
    return !calls.slice(0, i).some((earlier) => !earlier.isOver && earlier.meets(call));
  });
}

test("a call has its turn as soon as all that were called before it and meet it are over", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const locks = new KeyLocks();
      const calls: Call[] = [];
      const endOne = (which: number): void => {
        const holders = calls.filter((call) => call.isGranted && !call.isOver);
        holders[which % holders.length]?.giveBack(locks);
      };
      const check = async (): Promise<void> => {
        await turn();
        expect(calls.filter((call) => call.isGranted)).toEqual(due(calls));
        const running = calls.filter(({ isOver }) => !isOver);
        for (const key of KEYS) {
          const probe = new Call("write", [key]);
          expect(locks.isFree(key)).toBe(!running.some((call) => call.meets(probe)));
        }
      };
      for (const step of steps) {
        if (typeof step === "number") endOne(step);
        else {
          const [kind, keys] = step;
          const call = new Call(kind, keys);
          calls.push(call);
          call.take(locks);
          // Nobody waits without need, not even for a moment.
          expect(call.isGranted).toBe(due(calls).includes(call));
        }
        await check();
      }
      // Whoever waits comes to its turn in the end: no two wait for each other.
      for (let i = 0; i < calls.length; i++) {
        endOne(0);
        await check();
      }
      expect(calls.every(({ isOver }) => isOver)).toBe(true);
      expect(locks.size).toBe(0);
    }),
    { numRuns: 300 },
  );
});

describe("a key that is only tried", () => {
  test("is taken where nobody has it or waits for it, and shows among those taken", async () => {
    const locks = new KeyLocks();
    expect(locks.tryAcquire("key")).toBe(true);
    expect(locks.tryAcquire("key")).toBe(false);
    expect(locks.tryAcquire("other")).toBe(true);
    expect(locks.keys()).toEqual(["key", "other"]);
    expect(locks.size).toBe(2);
    const next = locks.acquire("key");
    locks.release("key");
    await next;
    expect(locks.tryAcquire("key")).toBe(false);
    locks.release("key");
    expect(locks.tryAcquire("key")).toBe(true);
  });

  test("is not taken from readers, nor while everything is taken or waited for", async () => {
    const locks = new KeyLocks();
    expect(locks.share(["key"])).toBeUndefined();
    expect(locks.tryAcquire("key")).toBe(false);
    const everything = locks.acquireExclusive();
    expect(locks.tryAcquire("other")).toBe(false);
    locks.release("key");
    await everything;
    expect(locks.tryAcquire("key")).toBe(false);
    locks.releaseExclusive();
    expect(locks.tryAcquire("key")).toBe(true);
  });
});

test("those who waited for everything to be given back keep their order, one that takes it again included", async () => {
  const locks = new KeyLocks();
  expect(locks.acquireExclusive()).toBeUndefined();
  const order: string[] = [];
  void locks.acquire("key")?.then(() => order.push("first"));
  void locks.acquireExclusive()?.then(() => order.push("everything again"));
  void locks.acquire("key")?.then(() => order.push("last"));
  locks.releaseExclusive();
  await turn();
  expect(order).toEqual(["first"]);
  locks.release("key");
  await turn();
  expect(order).toEqual(["first", "everything again"]);
  locks.releaseExclusive();
  await turn();
  expect(order).toEqual(["first", "everything again", "last"]);
});

describe("work in the turn of a key", () => {
  test("begins when the key is given back, and gives it back with its outcome", async () => {
    const locks = new KeyLocks();
    expect(locks.tryAcquire("key")).toBe(true);
    let hasBegun = false;
    const outcome = locks.inTurn("key", async () => {
      hasBegun = true;
      return "done";
    });
    await turn();
    expect(hasBegun).toBe(false);
    locks.release("key");
    expect(await outcome).toBe("done");
    expect(locks.isFree("key")).toBe(true);
  });

  test("gives the key back where it fails", async () => {
    const locks = new KeyLocks();
    const failing = locks.inTurn("key", () => Promise.reject(new Error("broken")));
    expect(locks.isFree("key")).toBe(false);
    await expect(failing).rejects.toThrow("broken");
    expect(locks.isFree("key")).toBe(true);
  });
});
