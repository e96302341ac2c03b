import { describe, expect, test } from "vitest";
import type { Argument, Reply } from "./port.ts";
import { NO_SCRIPTS, Script, ScriptRunner } from "./script-runner.ts";
import { connectionError, replyError } from "./server-errors.ts";

const SCRIPT = new Script("return 1");
const BY_TEXT = ["EVAL", "return 1", "1", "k", "a"];
const BY_SHA1 = ["EVALSHA", SCRIPT.sha1, "1", "k", "a"];

const ALONE = { epoch: 0, serverOf: () => "" };

/** A server that gives these replies, in order, to whatever it is sent. */
function server(...replies: readonly (Reply | Error)[]) {
  const sent: (readonly Argument[])[] = [];
  const left = [...replies];
  const send = (command: readonly Argument[]): Promise<Reply> => {
    sent.push(command);
    const reply = left.shift() ?? null;
    return reply instanceof Error ? Promise.reject(reply) : Promise.resolve(reply);
  };
  return { sent, send };
}

const said = (text: string): Error => replyError(new Error(text));

describe("scripts", () => {
  test("go out as their text first, and then as their SHA-1", async () => {
    const runner = new ScriptRunner(ALONE);
    const { sent, send } = server(1, 2);
    expect(SCRIPT.sha1).toBe("e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
    expect(runner.hasScripts).toBeUndefined();
    expect(await runner.run(SCRIPT, ["k"], ["a"], send)).toBe(1);
    expect(runner.hasScripts).toBe(true);
    expect(await runner.run(SCRIPT, ["k"], ["a"], send)).toBe(2);
    expect(sent).toEqual([BY_TEXT, BY_SHA1]);
  });

  test("go out as their text again on a new connection, and on each server of a Cluster", async () => {
    const port = { epoch: 0, serverOf: (key: Argument) => String(key[0]) };
    const runner = new ScriptRunner(port);
    const { sent, send } = server(1, 1, 1, 1, 1);
    for (const key of ["a1", "b1", "a2"]) await runner.run(SCRIPT, [key], [], send);
    port.epoch = 1;
    await runner.run(SCRIPT, ["a1"], [], send);
    expect(sent.map(([name]) => name)).toEqual(["EVAL", "EVAL", "EVALSHA", "EVAL"]);
  });

  test("go out as their text where the key has moved, also when that turns out late", async () => {
    const port = { epoch: 0, serverOf: () => "a" };
    const runner = new ScriptRunner(port);
    await runner.run(SCRIPT, ["k"], ["a"], server(1).send);
    const elsewhere: (readonly Argument[])[] = [];
    await runner.run(SCRIPT, ["k"], ["a"], async (_command, _key, late) => {
      elsewhere.push(late);
      port.serverOf = () => "b";
      return 2;
    });
    expect(elsewhere).toEqual([BY_TEXT]);
    const { sent, send } = server(3);
    await runner.run(SCRIPT, ["k"], ["a"], send);
    expect(sent).toEqual([BY_TEXT]);
  });

  test("that the server has forgotten are not sent again behind a fence", async () => {
    const runner = new ScriptRunner(ALONE);
    const { sent, send } = server(1, said("NOSCRIPT No matching script."), 2);
    await runner.run(SCRIPT, ["k"], ["a"], send);
    const late = runner.run(SCRIPT, ["k"], ["a"], send);
    runner.fence();
    await expect(late).rejects.toMatchObject({
      code: "CONNECTION_FAILED",
      cause: { code: "NOT_SENT" },
    });
    expect(sent).toEqual([BY_TEXT, BY_SHA1]);
  });

  test.each([
    "LOADING Redis is loading the dataset in memory",
    "NOAUTH Authentication required.",
    "NOPERM this user has no permissions to access one of the keys used as arguments",
    "OOM command not allowed when used memory > 'maxmemory'.",
  ])("are neither there nor missing where the server says %j", async (text) => {
    const runner = new ScriptRunner(ALONE);
    await expect(runner.run(SCRIPT, ["k"], [], server(said(text)).send)).rejects.toThrow();
    expect(runner.hasScripts).toBeUndefined();
  });

  test("that the server has forgotten go out as their text once more", async () => {
    const runner = new ScriptRunner(ALONE);
    const { sent, send } = server(1, said("NOSCRIPT No matching script."), 2);
    await runner.run(SCRIPT, ["k"], ["a"], send);
    expect(await runner.run(SCRIPT, ["k"], ["a"], send)).toBe(2);
    expect(sent).toEqual([BY_TEXT, BY_SHA1, BY_TEXT]);
  });

  test.each([
    "ERR unknown command 'EVAL', with args beginning with: 'return 1' ",
    "ERR unknown command `eval`, with args beginning with: ",
    "NOPERM User app has no permissions to run the 'eval' command",
    "NOPERM this user has no permissions to run the 'evalsha' command or its subcommand",
  ])("are none where the server says %j", async (text) => {
    const runner = new ScriptRunner(ALONE);
    expect(await runner.run(SCRIPT, ["k"], [], server(said(text)).send)).toBe(NO_SCRIPTS);
    expect(runner.hasScripts).toBe(false);
  });

  test("fail with their own errors, which show that there are scripts", async () => {
    const runner = new ScriptRunner(ALONE);
    const { send } = server(said("WRONGTYPE Operation against a key"));
    await expect(runner.run(SCRIPT, ["k"], [], send)).rejects.toMatchObject({ code: "WRONG_TYPE" });
    expect(runner.hasScripts).toBe(true);
  });

  test("tell nothing when the connection is lost, and are not sent again", async () => {
    const runner = new ScriptRunner(ALONE);
    const { sent, send } = server(connectionError(new Error("lost")));
    await expect(runner.run(SCRIPT, ["k"], [], send)).rejects.toMatchObject({
      code: "CONNECTION_FAILED",
    });
    expect(runner.hasScripts).toBeUndefined();
    expect(sent).toHaveLength(1);
  });
});
