import { describe, expect, test } from "vitest";
import type { Command, Link, Reply } from "./port.ts";
import { replyError } from "./server-errors.ts";
import { TransactionAccess } from "./transaction-access.ts";

const NO_RIGHT = "NOPERM this user has no permissions to run the 'multi' command";
const WRITE: Command = ["SET", "k", "v"];

/** A link to a server that refuses some commands, and notes what it is sent. */
function linkTo(refused: Map<string, string>): { link: Link; sent: string[] } {
  const sent: string[] = [];
  const send = async (command: Command): Promise<Reply> => {
    sent.push(command.join(" "));
    const refusal = refused.get(String(command[0]));
    if (refusal !== undefined) throw replyError(new Error(refusal));
    return "OK";
  };
  const transaction = async (commands: readonly Command[]): Promise<readonly Reply[]> => {
    const replies = await Promise.allSettled([["MULTI"], ...commands, ["EXEC"]].map(send));
    for (const reply of replies) if (reply.status === "rejected") throw reply.reason;
    return commands.map(() => "OK");
  };
  const ended = new Promise<never>(() => undefined);
  const link = { send, transaction, ended, close: async () => undefined, destroy: () => undefined };
  return { link, sent };
}

describe("the access to transactions", () => {
  test("lets them through where an empty one was carried out", async () => {
    const { link, sent } = linkTo(new Map());
    const access = new TransactionAccess();
    await access.enter(link);
    expect(sent.splice(0)).toEqual(["MULTI", "EXEC"]);
    expect(await access.transaction(link, [WRITE])).toEqual(["OK"]);
    expect(access.connectionOver(link)).toBe(link);
  });

  test("sends nothing of them where it was not, until it looks again", async () => {
    const refused = new Map([["MULTI", NO_RIGHT]]);
    const { link, sent } = linkTo(refused);
    const access = new TransactionAccess();
    await access.enter(link);
    const own = access.connectionOver(link);
    for (const one of [() => access.transaction(link, [WRITE]), () => own.transaction([WRITE])]) {
      await expect(one()).rejects.toMatchObject({ code: "ACCESS_DENIED" });
    }
    expect(sent).not.toContain("SET k v");
    expect(await own.send(["GET", "k"])).toBe("OK");
    refused.clear();
    await expect(access.transaction(link, [WRITE])).rejects.toMatchObject({
      code: "ACCESS_DENIED",
    });
    expect(await own.transaction([WRITE])).toEqual(["OK"]);
  });

  test("leaves no transaction open where EXEC is what is missing", async () => {
    const { link, sent } = linkTo(new Map([["EXEC", "ERR unknown command 'EXEC'"]]));
    const access = new TransactionAccess();
    await access.enter(link);
    expect(sent).toEqual(["MULTI", "EXEC", "DISCARD"]);
    await expect(access.transaction(link, [WRITE])).rejects.toMatchObject({
      code: "CAPABILITY_UNSUPPORTED",
    });
  });

  test("does not take a right that is lost meanwhile for one that is kept", async () => {
    const refused = new Map<string, string>();
    const { link, sent } = linkTo(refused);
    const access = new TransactionAccess();
    await access.enter(link);
    refused.set("MULTI", NO_RIGHT);
    await expect(access.transaction(link, [])).rejects.toMatchObject({ code: "ACCESS_DENIED" });
    await new Promise(setImmediate);
    await expect(access.transaction(link, [WRITE])).rejects.toMatchObject({
      code: "ACCESS_DENIED",
    });
    expect(sent).not.toContain("SET k v");
  });

  test("is no access at all where the server does not know who we are", async () => {
    const { link } = linkTo(new Map([["MULTI", "NOAUTH Authentication required."]]));
    await expect(new TransactionAccess().enter(link)).rejects.toMatchObject({
      code: "ACCESS_DENIED",
    });
  });

  test("lets nobody use a link whose server does nothing for now", async () => {
    const refused = new Map([["MULTI", "LOADING Redis is loading the dataset in memory"]]);
    const { link } = linkTo(refused);
    const access = new TransactionAccess();
    await expect(access.enter(link)).rejects.toMatchObject({ code: "NODE_UNHEALTHY" });
    refused.clear();
    expect(await access.transaction(link, [WRITE])).toEqual(["OK"]);
  });
});
