import { expect, test } from "vitest";
import { VirtualTime } from "../support/virtual-time.ts";
import { Calls, CallState } from "../../src/redis/calls.ts";
import { resolveOptions } from "../../src/redis/options.ts";
import type { ClientPort, Command, Connection, Reply } from "../../src/redis/port.ts";
import { connectionError, replyError } from "../../src/redis/server-errors.ts";
import { Script } from "../../src/redis/script-runner.ts";

const LIMIT_MS = 100;
const forever = (): Promise<never> => new Promise(() => {});

/** A port whose connection a test opens; commands are noted as text. */
class ScriptedPort implements ClientPort {
  readonly isCluster = false;
  readonly keyPrefix = "";
  readonly sent: string[] = [];
  epoch = 0;
  isConnected = false;
  isClosed = false;
  /** Whether nothing is answered. */
  isHalted = false;
  connect!: () => void;
  fail!: (error: Error) => void;
  readonly #listeners: (() => void)[] = [];
  #opening: Promise<void> | undefined;

  serverOf(): string {
    return "";
  }

  async send(command: Command): Promise<Reply> {
    this.sent.push(command.join(" "));
    if (command[0] === "EVAL") throw replyError(new Error("ERR unknown command 'EVAL'"));
    return this.isHalted ? forever() : command.join(" ");
  }

  async pipeline(commands: readonly Command[]): Promise<Reply[]> {
    return Promise.all(commands.map((command) => this.send(command)));
  }

  async transaction(commands: readonly Command[]): Promise<readonly Reply[]> {
    return this.pipeline(commands);
  }

  async exclusive<T>(_key: unknown, work: (connection: Connection) => Promise<T>): Promise<T> {
    return work(this);
  }

  async masters(): Promise<readonly Connection[]> {
    this.#opening ??= new Promise((resolve, reject) => {
      this.fail = reject;
      this.connect = () => {
        this.isConnected = true;
        for (const listener of this.#listeners) listener();
        resolve();
      };
    });
    await this.#opening;
    return [this];
  }

  onConnection(listener: () => void): void {
    this.#listeners.push(listener);
  }

  async fence(): Promise<void> {}

  reset(): void {}

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

function callsInTest(timeout: number = LIMIT_MS) {
  const time = new VirtualTime();
  const { clock, timers } = time;
  const port = new ScriptedPort();
  const state = new CallState(port, resolveOptions({ clock, timers, timeout }));
  const calls = new Calls(state);
  const send = (name: string, signal?: AbortSignal) =>
    calls.call([name], name, signal === undefined ? undefined : { signal });
  return { time, port, state, calls, send };
}

async function settled(): Promise<void> {
  await new Promise(setImmediate);
}

test("what is given up while a connection is opened is not sent when it is there", async () => {
  const { time, port, send } = callsInTest();
  const { signal, abort } = controllerOf();
  const timedOut = send("a");
  const aborted = send("b", signal);
  abort();
  await expect(aborted).rejects.toBe(signal.reason);
  time.advance(LIMIT_MS);
  await expect(timedOut).rejects.toMatchObject({
    code: "TIMEOUT",
    message: expect.stringMatching(/received nothing, and the call was not sent$/) as string,
  });
  const patient = [send("c"), send("d")];
  port.connect();
  expect(await Promise.all(patient)).toEqual(["c", "d"]);
  expect(port.sent).toEqual(["c", "d"]);
});

test("calls that waited for a connection that cannot be had fail as the port says", async () => {
  const { port, send } = callsInTest();
  port.send = async () => {
    throw connectionError(new Error("nobody listens"));
  };
  const waiting = send("a");
  port.fail(connectionError(new Error("nobody listens")));
  await expect(waiting).rejects.toMatchObject({ code: "CONNECTION_FAILED" });
});

test("a connection that does not answer in time does not keep its place", async () => {
  const { time, port, calls } = callsInTest();
  const ends: unknown[] = [];
  port.exclusive = async (_key, work) => {
    const outcome = work({ send: forever, transaction: forever });
    outcome.catch((error: unknown) => ends.push(error));
    return outcome;
  };
  const script = new Script("return 1");
  const call = calls.run(script, ["k"], [], (connection) => connection.send(["WATCH", "k"]));
  port.connect();
  await settled();
  time.advance(LIMIT_MS);
  await expect(call).rejects.toMatchObject({ code: "TIMEOUT" });
  expect(ends).toMatchObject([{ code: "CONNECTION_FAILED" }]);
});

test("work that waits for its turn hears the abort and the time limit, and has no turn then", async () => {
  const { time, port, calls, send } = callsInTest();
  void send("first");
  port.connect();
  await settled();
  let end!: () => void;
  const long = calls.inSteps(() => new Promise<void>((resolve) => (end = resolve)));
  const { signal, abort } = controllerOf();
  const begun: string[] = [];
  const note = (name: string) => async () => void begun.push(name);
  const aborted = calls.inSteps(note("aborted"), { signal });
  const late = calls.inSteps(note("late"));
  abort();
  await expect(aborted).rejects.toBe(signal.reason);
  time.advance(LIMIT_MS);
  await expect(late).rejects.toMatchObject({ code: "TIMEOUT" });
  const patient = calls.inSteps(note("patient"));
  const after = send("after");
  end();
  await Promise.all([long, patient]);
  expect(await after).toBe("after");
  expect(begun).toEqual(["patient"]);
});

test("a close waits some seconds for a call without a time limit that holds up others", async () => {
  const { time, port, state, calls } = callsInTest(Infinity);
  void calls.alone("k", forever);
  port.connect();
  await settled();
  const closing = state.close();
  await settled();
  expect(port.isClosed).toBe(false);
  time.advance(3000);
  await closing;
  expect(port.isClosed).toBe(true);
  expect(time.pending).toBe(0);
});

test("only connections in place of others are counted as reconnections", async () => {
  const { port, state, send } = callsInTest();
  void send("a");
  port.connect();
  // As of another master of a Cluster.
  port.connect();
  expect(state.reconnections).toBe(0);
  port.epoch++;
  port.connect();
  expect(state.reconnections).toBe(1);
});

function controllerOf() {
  const controller = new AbortController();
  const abort = () => controller.abort(new Error("enough"));
  return { signal: controller.signal, abort };
}
