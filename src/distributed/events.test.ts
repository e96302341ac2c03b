import { afterEach, describe, expect, test, vi } from "vitest";
import { type DistributedEvents, type EventName, Listeners } from "./events.ts";

const DROPPED: DistributedEvents["dropped"] = { id: "a", reason: "too much" };
const RESYNC: DistributedEvents["resync"] = { id: "a", phase: "start", keys: 0 };

const NO_TEXT: unknown = Object.create(null);

function raise(what: unknown): never {
  throw what;
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("a listener", () => {
  test("hears what it listens to, in the order of adding, and nothing else", () => {
    const listeners = new Listeners();
    const heard: unknown[] = [];
    listeners.add("dropped", (event) => heard.push(["first", event]));
    listeners.add("dropped", (event) => heard.push(["second", event]));
    listeners.add("resync", (event) => heard.push(["resync", event]));
    listeners.tell("dropped", DROPPED);
    expect(heard).toEqual([
      ["first", DROPPED],
      ["second", DROPPED],
    ]);
    listeners.tell("resync", RESYNC);
    expect(heard.at(-1)).toEqual(["resync", RESYNC]);
    listeners.tell("rebalance", { phase: "start", movedKeys: 0 });
    expect(heard).toHaveLength(3);
  });

  test("that is removed hears no more, and one that was never added is removed without harm", () => {
    const listeners = new Listeners();
    const [stays, goes, stranger] = [vi.fn(), vi.fn(), vi.fn()];
    listeners.add("dropped", stays);
    listeners.add("dropped", goes);
    listeners.remove("dropped", goes);
    listeners.remove("dropped", stranger);
    listeners.remove("resync", stays);
    listeners.tell("dropped", DROPPED);
    expect(stays).toHaveBeenCalledTimes(1);
    expect(goes).not.toHaveBeenCalled();
  });

  test("that removes itself, or adds another, changes nothing about the event under way", () => {
    const listeners = new Listeners();
    const later = vi.fn();
    const last = vi.fn();
    const once = vi.fn(() => {
      listeners.remove("dropped", once);
      listeners.add("dropped", later);
    });
    listeners.add("dropped", once);
    listeners.add("dropped", last);
    listeners.tell("dropped", DROPPED);
    expect(last).toHaveBeenCalledTimes(1);
    expect(later).not.toHaveBeenCalled();
    listeners.tell("dropped", DROPPED);
    expect(once).toHaveBeenCalledTimes(1);
    expect(later).toHaveBeenCalledTimes(1);
  });

  test("that throws becomes a warning, and the others hear the event all the same", () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const listeners = new Listeners();
    const next = vi.fn();
    listeners.add("health", () => {
      throw new Error("not my day");
    });
    listeners.add("health", next);
    const event = { id: "a", from: "healthy", to: "degraded" } as const;
    expect(() => listeners.tell("health", event)).not.toThrow();
    expect(next).toHaveBeenCalledWith(event);
    expect(warn).toHaveBeenCalledTimes(1);
    const text = expect.stringMatching(/"health".*not my day/) as string;
    expect(warn).toHaveBeenCalledWith(text, "LaurelWarning");
  });

  test.each<[what: string, listener: () => unknown, text: RegExp]>([
    ["throws what has no text", () => raise(Object.create(null)), /"health".*an object/],
    ["is async and rejects", () => Promise.reject(new Error("too late")), /"health".*too late/],
    ["rejects with what has no text", () => Promise.reject(NO_TEXT), /"health".*an object/],
  ])("that %s becomes a warning, too", async (_, listener, text) => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const listeners = new Listeners();
    const next = vi.fn();
    listeners.add("health", listener);
    listeners.add("health", next);
    listeners.tell("health", { id: "a", from: "healthy", to: "degraded" });
    await new Promise((resolve) => setImmediate(resolve));
    expect(next).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls).toEqual([[expect.stringMatching(text), "LaurelWarning"]]);
  });
});

describe("a name of no event", () => {
  test.each<[name: unknown, said: string]>([
    ["helth", 'did you mean health?: received "helth"'],
    ["error", 'only health, rebalance, resync, dropped: received "error"'],
    ["toString", 'only health, rebalance, resync, dropped: received "toString"'],
    [undefined, "only health, rebalance, resync, dropped: received undefined"],
    [Symbol("health"), "only health, rebalance, resync, dropped: received a symbol"],
  ])("%s is refused, to listen and to stop listening", (name, said) => {
    const listeners = new Listeners();
    for (const [task, call] of [
      ["listen", () => listeners.add(name as EventName, vi.fn())],
      ["stop listening", () => listeners.remove(name as EventName, vi.fn())],
    ] as const) {
      expect(call).toThrow(
        expect.objectContaining({
          code: "INVALID_OPTIONS",
          message: `Cannot ${task}: there is no event of this name, ${said}`,
        }) as Error,
      );
    }
  });
});

test.each([undefined, null, {}, "console.log"])("%s is no listener", (listener) => {
  const listeners = new Listeners();
  expect(() => listeners.add("health", listener as never)).toThrow(
    expect.objectContaining({
      code: "INVALID_OPTIONS",
      message: expect.stringContaining("the listener must be a function: received ") as string,
    }) as Error,
  );
  expect(() =>
    listeners.tell("health", { id: "a", from: "healthy", to: "degraded" }),
  ).not.toThrow();
});
