import { describe, expect, test } from "vitest";
import { CallOrder } from "./call-order.ts";

const always = (): boolean => true;

/** A call that ends when it is told to, and notes its beginning. */
class Call {
  readonly begin: () => Promise<string>;
  declare end: (error?: Error) => void;

  constructor(log: string[], name: string) {
    this.begin = () => {
      log.push(name);
      return new Promise((resolve, reject) => {
        this.end = (error) => (error === undefined ? resolve(name) : reject(error));
      });
    };
  }
}

/** Makes calls that note their beginning in a log. */
function callIn(log: string[]): (name: string) => Call {
  return (name) => new Call(log, name);
}

describe("the order of calls", () => {
  test("calls that share begin at once", async () => {
    const log: string[] = [];
    const call = callIn(log);
    const order = new CallOrder();
    const [a, b] = [call("a"), call("b")];
    const both = [order.inTurn(a.begin), order.inTurn(b.begin)];
    expect(log).toEqual(["a", "b"]);
    expect(order.isFree).toBe(true);
    b.end();
    a.end();
    expect(await Promise.all(both)).toEqual(["a", "b"]);
  });

  test("who stands alone holds up all later calls, which then begin in their order", async () => {
    const log: string[] = [];
    const call = callIn(log);
    const order = new CallOrder();
    const [a, b, c, d, e] = [call("a"), call("b"), call("c"), call("d"), call("e")];
    void order.inTurn(a.begin);
    const alone = order.inTurn(b.begin, always);
    void order.inTurn(c.begin);
    void order.inTurn(d.begin, always);
    void order.inTurn(e.begin);
    expect(log).toEqual(["a", "b"]);
    expect(order.isFree).toBe(false);
    b.end();
    await alone;
    expect(log).toEqual(["a", "b", "c", "d"]);
    d.end();
    await new Promise(setImmediate);
    expect(log).toEqual(["a", "b", "c", "d", "e"]);
    expect(order.isFree).toBe(true);
  });

  test("whether a call stands alone is asked when its turn has come", async () => {
    const log: string[] = [];
    const call = callIn(log);
    const order = new CallOrder();
    let isAlone = true;
    const [first, second, third] = [call("first"), call("second"), call("third")];
    const begun = order.inTurn(first.begin, () => isAlone);
    void order.inTurn(second.begin, () => isAlone);
    void order.inTurn(third.begin, () => isAlone);
    isAlone = false;
    first.end();
    await begun;
    expect(log).toEqual(["first", "second", "third"]);
  });

  test("a call waits for what it needs, and all later ones with it; without it they begin, too", async () => {
    for (const isOpened of [true, false]) {
      const log: string[] = [];
      const call = callIn(log);
      const order = new CallOrder();
      let asked = 0;
      const gate = new Promise<void>((resolve, reject) => {
        setImmediate(() => (isOpened ? resolve() : reject(new Error("no"))));
      });
      const opening = () => (asked++ < 5 ? gate : undefined);
      const [a, b] = [call("a"), call("b")];
      void order.inTurn(a.begin, undefined, opening);
      void order.inTurn(b.begin, undefined, opening);
      expect([log, order.isFree]).toEqual([[], false]);
      await gate.catch(() => {});
      expect([log, order.isFree]).toEqual([["a", "b"], true]);
    }
  });

  test("a call that fails ends its turn", async () => {
    const log: string[] = [];
    const call = callIn(log);
    const order = new CallOrder();
    const [a, b] = [call("a"), call("b")];
    const failing = order.inTurn(a.begin, always);
    const next = order.inTurn(b.begin, always);
    a.end(new Error("no"));
    await expect(failing).rejects.toThrow("no");
    expect(log).toEqual(["a", "b"]);
    b.end(new Error("neither"));
    await expect(next).rejects.toThrow("neither");
    expect(order.isFree).toBe(true);
  });
});
