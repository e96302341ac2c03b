import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { systemClock, systemTimers } from "../cache/platform.ts";
import { type Caller, type Continuation, TimeLimit } from "./time-limit.ts";

const LIMIT_MS = 100;
const timeLimit = (limitMs = LIMIT_MS): TimeLimit => {
  return new TimeLimit(systemClock, systemTimers, limitMs);
};
const coded = (code: string): unknown => expect.objectContaining({ name: "CacheError", code });
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const pass = async (ms: number): Promise<void> => {
  await turn();
  vi.advanceTimersByTime(ms);
  await turn();
};

/** Notes what it hears, and which call an abandoned one and one that settles late are. */
class Listener implements Caller {
  readonly heard: unknown[] = [];
  readonly #late: object[] = [];

  answered(): void {
    this.heard.push("answered");
  }

  failedWith(error: unknown): void {
    this.heard.push(error);
  }

  abandoned(key: string | null, call: object): void {
    this.heard.push(["abandoned", key, this.#late.push(call)]);
  }

  settledLate(key: string | null, call: object): void {
    this.heard.push(["settled late", key, this.#late.indexOf(call) + 1]);
  }
}

/** A call to a node that a test settles, and what became of it under the limit. */
class Call {
  readonly listener = new Listener();
  readonly outcome: Promise<unknown>;
  readonly answer: (answer: string) => void;
  readonly fail: (error: Error) => void;

  constructor(limit: TimeLimit, key?: string | null, after?: Continuation<string>) {
    let settle: [(answer: string) => void, (error: Error) => void] | undefined;
    const pending = new Promise<string>((...both) => {
      settle = both;
    });
    [this.answer, this.fail] = settle as NonNullable<typeof settle>;
    this.outcome = limit.watch(pending, this.listener, key, after).catch((error: unknown) => error);
  }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a call that settles in time", () => {
  test("answers what it answers, and its caller hears that", async () => {
    const call = new Call(timeLimit(), "key");
    await pass(LIMIT_MS - 1);
    call.answer("value");
    expect(await call.outcome).toBe("value");
    expect(call.listener.heard).toEqual(["answered"]);
  });

  test("fails with its own error, and its caller hears that", async () => {
    const call = new Call(timeLimit(), "key");
    const error = new Error("broken");
    call.fail(error);
    expect(await call.outcome).toBe(error);
    expect(call.listener.heard).toEqual([error]);
  });

  test("is in time however late it is noticed, if nobody was told otherwise before", async () => {
    const call = new Call(timeLimit(), "key");
    vi.setSystemTime(Date.now() + 10 * LIMIT_MS);
    call.answer("value");
    expect(await call.outcome).toBe("value");
  });
});

describe("a call that passes the limit", () => {
  test("is given up with TIMEOUT when it does, and no sooner", async () => {
    const call = new Call(timeLimit(), "key");
    await pass(LIMIT_MS - 1);
    expect(call.listener.heard).toEqual([]);
    await pass(1);
    expect(await call.outcome).toEqual(coded("TIMEOUT"));
  });

  test.each([["key"], [null]])(
    "and may change %s is told to be abandoned, then that it failed, then that it settled",
    async (key) => {
      for (const end of ["answer", "fail"] as const) {
        const call = new Call(timeLimit(), key);
        await pass(LIMIT_MS);
        const abandoned = [["abandoned", key, 1], coded("TIMEOUT")];
        expect(call.listener.heard).toEqual(abandoned);
        if (end === "answer") call.answer("late");
        else call.fail(new Error("late"));
        await turn();
        expect(call.listener.heard).toEqual([...abandoned, ["settled late", key, 1]]);
        expect(await call.outcome).toEqual(coded("TIMEOUT"));
      }
    },
  );

  test("and changes nothing is not waited for", async () => {
    const call = new Call(timeLimit());
    await pass(LIMIT_MS);
    call.answer("late");
    await turn();
    expect(call.listener.heard).toEqual([coded("TIMEOUT")]);
  });
});

test("what is made of an outcome is the outcome, after the caller has heard of it", async () => {
  const limit = timeLimit();
  const after: Continuation<string> = {
    settled: (answer) => `made of ${answer}`,
    failed: async (error) => `made of ${(error as Error).name}`,
  };
  const [answers, fails, hangs] = [1, 2, 3].map(() => new Call(limit, "key", after));
  answers?.answer("value");
  fails?.fail(new TypeError("broken"));
  await pass(LIMIT_MS);
  expect(await answers?.outcome).toBe("made of value");
  expect(await fails?.outcome).toBe("made of TypeError");
  expect(await hangs?.outcome).toBe("made of CacheError");
});

const STEP_MS = LIMIT_MS / 10;

test("each of many calls ends when it answers or at its limit, and one timer serves them all", async () => {
  const call = fc.record({ pause: fc.nat(5), delay: fc.nat(20) });
  await fc.assert(
    fc.asyncProperty(fc.array(call, { maxLength: 20 }), async (plan) => {
      const limit = timeLimit();
      let lastStart = 0;
      const calls = plan.map(({ pause, delay }) => {
        const start = (lastStart += pause);
        return { start, answerAt: start + delay, isSlow: delay >= LIMIT_MS / STEP_MS };
      });
      const begun: Call[] = [];
      for (let step = 0; step <= lastStart + 20; step++) {
        for (const { start } of calls) if (start === step) begun.push(new Call(limit));
        calls.forEach(({ answerAt }, i) => answerAt === step && begun[i]?.answer("value"));
        await turn();
        begun.forEach(({ listener }, i) => {
          const { start, answerAt, isSlow } = calls[i] as (typeof calls)[0];
          const isOver = step >= (isSlow ? start + LIMIT_MS / STEP_MS : answerAt);
          const outcome = isSlow ? coded("TIMEOUT") : "answered";
          expect(listener.heard).toEqual(isOver ? [outcome] : []);
        });
        expect(vi.getTimerCount()).toBeLessThanOrEqual(1);
        vi.advanceTimersByTime(STEP_MS);
      }
      expect(vi.getTimerCount()).toBe(0);
    }),
    { numRuns: 50 },
  );
});

test("a timer that fires early gives nobody up", async () => {
  const early = { now: (): number => Date.now() * 0.999 };
  const call = new Call(new TimeLimit(early, systemTimers, LIMIT_MS));
  await pass(LIMIT_MS);
  expect(call.listener.heard).toEqual([]);
  await pass(1);
  expect(await call.outcome).toEqual(coded("TIMEOUT"));
});

test("without a limit no timer is set, and a call takes as long as it takes", async () => {
  const call = new Call(timeLimit(Infinity), "key");
  await pass(1e9);
  expect(vi.getTimerCount()).toBe(0);
  call.answer("value");
  expect(await call.outcome).toBe("value");
});

test("a limit that is stopped gives all calls up with CLOSED, and leaves no timer", async () => {
  const limit = timeLimit();
  const calls = [new Call(limit, "key"), new Call(limit)];
  limit.stop();
  expect(vi.getTimerCount()).toBe(0);
  for (const { outcome } of calls) expect(await outcome).toEqual(coded("CLOSED"));
  calls[0]?.fail(new Error("late"));
  calls[1]?.answer("late");
  await pass(LIMIT_MS);
  expect(calls[1]?.listener.heard).toEqual([]);
});

/** Asks again whenever it fails, though not for ever, and gets no answer. */
function persistent(limit: TimeLimit, listener: Caller): Continuation<string> {
  let left = 1000;
  const after: Continuation<string> = {
    settled: (answer) => answer,
    failed: () =>
      --left === 0 ? "enough" : limit.watch(new Promise(() => {}), listener, undefined, after),
  };
  return after;
}

describe("a call that is made of the failure of another one", () => {
  test("has a limit of its own, and no timer beside the one for all", async () => {
    const limit = timeLimit();
    const listener = new Listener();
    const after = persistent(limit, listener);
    const calls = [1, 2, 3].map(() => new Call(limit, undefined, after));
    for (let round = 1; round <= 3; round++) {
      await pass(LIMIT_MS);
      expect(vi.getTimerCount()).toBe(1);
      expect(listener.heard).toHaveLength(calls.length * (round - 1));
    }
  });

  test("is given up at once where the limit is stopped", async () => {
    const limit = timeLimit();
    const call = new Call(limit, undefined, persistent(limit, new Listener()));
    limit.stop();
    expect(await call.outcome).toEqual(coded("CLOSED"));
    expect(vi.getTimerCount()).toBe(0);
  });
});
