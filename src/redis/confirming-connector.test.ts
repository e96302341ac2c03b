import { expect, test } from "vitest";
import { CacheError } from "../errors.ts";
import { confirming } from "./confirming-connector.ts";
import type { Argument, Command, Link, Reply } from "./port.ts";
import { RANGE_WITH_SCORES } from "./scripts.ts";

/** A connection on which everything is answered by hand, in the order of sending. */
class ScriptedLink implements Link {
  readonly ended = new Promise<unknown>(() => {});
  readonly sent: string[] = [];
  readonly #pending: Pending[] = [];

  send(command: Command): Promise<Reply> {
    return this.#sent(command.join(" ")) as Promise<Reply>;
  }

  transaction(commands: readonly Command[]): Promise<readonly Reply[] | undefined> {
    const all = commands.map((command) => command.join(" ")).join("; ");
    return this.#sent(`[${all}]`) as Promise<readonly Reply[] | undefined>;
  }

  async close(): Promise<void> {
    this.sent.push("(closed)");
  }

  destroy(): void {
    this.sent.push("(destroyed)");
  }

  /** Answers what was sent first of all that is unanswered, and lets that take its course. */
  async answer(reply: unknown): Promise<void> {
    const first = this.#pending.shift();
    if (reply instanceof Error) first?.reject(reply);
    else first?.resolve(reply);
    await settled();
  }

  #sent(text: string): Promise<unknown> {
    this.sent.push(text);
    return new Promise((resolve, reject) => void this.#pending.push({ resolve, reject }));
  }
}

/** What becomes of a call is decided here. */
interface Pending {
  readonly resolve: (reply: unknown) => void;
  readonly reject: (reason: Error) => void;
}

/** Lets everything happen that waits for nothing else. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

async function confirmingLink(replicas = 2): Promise<{ link: Link; server: ScriptedLink }> {
  const server = new ScriptedLink();
  const connector = { keyPrefix: "", open: async () => server };
  const link = await confirming(connector, { confirmation: { replicas, timeoutMs: 70 } }).open();
  return { link, server };
}

/** What becomes of a call, as it is now. */
function outcomeOf(call: Promise<unknown>): { readonly now: unknown } {
  const outcome: { now: unknown } = { now: "pending" };
  call.then(
    (value) => (outcome.now = value),
    (error: unknown) => (outcome.now = error),
  );
  return outcome;
}

test("without a confirmation the connector stays as it is", () => {
  const connector = { keyPrefix: "", open: async () => new ScriptedLink() };
  expect(confirming(connector, {})).toBe(connector);
});

test("a write is acknowledged when enough replicas have it", async () => {
  const { link, server } = await confirmingLink();
  const write = outcomeOf(link.send(["SET", "k", "v"]));
  await settled();
  expect(server.sent).toEqual(["SET k v", "WAIT 2 70"]);
  await server.answer("OK");
  expect(write.now).toBe("pending");
  await server.answer("3");
  expect(write.now).toBe("OK");
});

test("a write that too few replicas have in time is a partial one", async () => {
  const { link, server } = await confirmingLink();
  const write = outcomeOf(link.send(["SET", "k", "v"]));
  await settled();
  await server.answer("OK");
  await server.answer(1);
  expect(write.now).toMatchObject({
    code: "PARTIAL_WRITE",
    message:
      "Cannot confirm a write, which the master has: enough replicas must have it in time: received 1 of 2",
  });
});

test("a server that cannot wait says so in the cause", async () => {
  const { link, server } = await confirmingLink();
  const write = outcomeOf(link.send(["SET", "k", "v"]));
  await settled();
  const cause = new CacheError("CAPABILITY_UNSUPPORTED", "unknown command");
  await server.answer("OK");
  await server.answer(cause);
  expect(write.now).toMatchObject({ code: "PARTIAL_WRITE", cause });
});

test("a write whose connection ends before it is confirmed fails as one", async () => {
  const { link, server } = await confirmingLink();
  const write = outcomeOf(link.send(["SET", "k", "v"]));
  await settled();
  const lost = new CacheError("CONNECTION_FAILED", "it ended");
  await server.answer("OK");
  await server.answer(lost);
  expect(write.now).toBe(lost);
});

test("a write that is refused fails with its own error, at once", async () => {
  const { link, server } = await confirmingLink();
  const write = outcomeOf(link.send(["INCRBY", "k", "1"]));
  await settled();
  const refusal = new CacheError("WRONG_TYPE", "no number");
  await server.answer(refusal);
  expect(write.now).toBe(refusal);
});

test.each<[string, readonly Argument[]]>([
  ["a read", ["ZRANGE", "k", "0", "-1"]],
  ["a script that reads", ["EVAL", RANGE_WITH_SCORES.source, "1", "k"]],
  ["the same script by its SHA-1", ["EVALSHA", RANGE_WITH_SCORES.sha1, "1", "k"]],
])("%s waits for no replica", async (_, command) => {
  const { link, server } = await confirmingLink();
  const read = outcomeOf(link.send(command));
  await settled();
  await server.answer("reply");
  expect(read.now).toBe("reply");
  expect(server.sent).toHaveLength(1);
});

test("a transaction is confirmed as a whole, unless it only reads", async () => {
  const { link, server } = await confirmingLink();
  const read = outcomeOf(
    link.transaction([
      ["GET", "k"],
      ["PTTL", "k"],
    ]),
  );
  await server.answer(["v", -1]);
  expect(read.now).toEqual(["v", -1]);
  const write = outcomeOf(
    link.transaction([
      ["GET", "k"],
      ["SET", "k", "v"],
    ]),
  );
  await settled();
  await server.answer(["v", "OK"]);
  await server.answer(0);
  expect(write.now).toMatchObject({ code: "PARTIAL_WRITE" });
  expect(server.sent).toEqual(["[GET k; PTTL k]", "[GET k; SET k v]", "WAIT 2 70"]);
});

test.each<[string, readonly Reply[] | undefined]>([
  ["that was dropped", undefined],
  ["of which everything failed", [new CacheError("WRONG_TYPE", "no set")]],
])("a transaction %s needs no replica", async (_, replies) => {
  const { link, server } = await confirmingLink();
  const write = outcomeOf(link.transaction([["ZADD", "k", "1", "m"]]));
  await settled();
  await server.answer(replies);
  await server.answer(0);
  expect(write.now).toBe(replies);
});

test("writes of one turn share a wait, and those that come meanwhile share the next one", async () => {
  const { link, server } = await confirmingLink();
  const first = ["a", "b"].map((key) => outcomeOf(link.send(["UNLINK", key])));
  await Promise.resolve();
  first.push(outcomeOf(link.send(["UNLINK", "b2"])));
  await settled();
  const later = outcomeOf(link.send(["UNLINK", "c"]));
  await settled();
  const last = outcomeOf(link.send(["UNLINK", "d"]));
  await settled();
  expect(server.sent).toEqual([
    "UNLINK a",
    "UNLINK b",
    "UNLINK b2",
    "WAIT 2 70",
    "UNLINK c",
    "UNLINK d",
  ]);
  for (const reply of [1, 1, 1, 2]) await server.answer(reply);
  expect(first.map(({ now }) => now)).toEqual([1, 1, 1]);
  expect(server.sent.slice(6)).toEqual(["WAIT 2 70"]);
  await server.answer(1);
  await server.answer(1);
  expect([later.now, last.now]).toEqual(["pending", "pending"]);
  await server.answer(0);
  expect([later.now, last.now]).toMatchObject([
    { code: "PARTIAL_WRITE" },
    { code: "PARTIAL_WRITE" },
  ]);
});

test("several commands share a WAIT, whose failure takes the place of what was written", async () => {
  const { link, server } = await confirmingLink();
  const replies = outcomeOf(
    link.pipeline?.([
      ["SET", "k", "v"],
      ["GET", "k"],
      ["INCR", "k"],
    ]) as never,
  );
  await settled();
  expect(server.sent).toEqual(["SET k v", "GET k", "INCR k", "WAIT 2 70"]);
  const refusal = new CacheError("NOT_INTEGER", "no integer");
  for (const reply of ["OK", "v", refusal]) await server.answer(reply);
  expect(replies.now).toBe("pending");
  await server.answer(1);
  expect(replies.now).toMatchObject([{ code: "PARTIAL_WRITE" }, "v", refusal]);
});

test("several commands that change nothing need no WAIT", async () => {
  const { link, server } = await confirmingLink();
  const replies = outcomeOf(
    link.pipeline?.([
      ["GET", "a"],
      ["MGET", "b", "c"],
    ]) as never,
  );
  await settled();
  expect(server.sent).toEqual(["GET a", "MGET b c"]);
  for (const reply of ["1", ["2", "3"]]) await server.answer(reply);
  expect(replies.now).toEqual(["1", ["2", "3"]]);
});

test("a link closes when what was written is confirmed", async () => {
  const { link, server } = await confirmingLink();
  const write = outcomeOf(link.send(["SET", "k", "v"]));
  const closing = link.close();
  await settled();
  expect(server.sent).toEqual(["SET k v", "WAIT 2 70"]);
  await server.answer("OK");
  await server.answer(2);
  await closing;
  expect(write.now).toBe("OK");
  expect(server.sent.at(-1)).toBe("(closed)");
});
