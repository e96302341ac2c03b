import { describe, expect, it } from "vitest";
import { serve } from "laurel/server";
import { RawClient, request } from "./raw-client.ts";

const NO_AUTH = "-NOAUTH Authentication required.";
const WRONG_PASS = "-WRONGPASS invalid username-password pair or user is disabled.";

describe("a server with a password", () => {
  it("answers nothing before it was given", async () => {
    await using server = await serve({ port: 0, requirepass: "sesame" });
    await using client = new RawClient(server.port);
    for (const line of ["GET a", "PING", "CLIENT LIST", "MULTI"]) {
      expect(await client.line(line)).toBe(NO_AUTH);
    }
    expect(await client.line("AUTH wrong")).toBe(WRONG_PASS);
    expect(await client.line("AUTH other sesame")).toBe(WRONG_PASS);
    expect(await client.line("PING")).toBe(NO_AUTH);
    expect(await client.line("AUTH sesame")).toBe("+OK");
    expect(await client.line("PING")).toBe("+PONG");
    expect(await client.line("AUTH default sesame")).toBe("+OK");
  });

  it("takes it with HELLO, which else only tells to give it", async () => {
    await using server = await serve({ port: 0, requirepass: "sesame" });
    await using client = new RawClient(server.port);
    expect(await client.line("HELLO 3")).toContain("-NOAUTH HELLO must be called");
    expect(await client.line("HELLO 3 AUTH default wrong")).toBe(WRONG_PASS);
    expect(await client.line("HELLO 3 AUTH default sesame")).toBe("%7");
  });

  it("takes only short commands before it was given", async () => {
    await using server = await serve({ port: 0, requirepass: "sesame" });
    await using many = new RawClient(server.port);
    many.send("*11\r\n");
    expect(await many.rest()).toContain("unauthenticated multibulk length");
    await using long = new RawClient(server.port);
    long.send("*2\r\n$4\r\nAUTH\r\n$20000\r\n");
    expect(await long.rest()).toContain("unauthenticated bulk length");
  });

  it("asks for it from those who come after it was set, and no longer when it was taken back", async () => {
    await using server = await serve({ port: 0 });
    await using before = new RawClient(server.port);
    expect(await before.line("CONFIG SET requirepass sesame")).toBe("+OK");
    expect(await before.line("PING")).toBe("+PONG");
    await using after = new RawClient(server.port);
    expect(await after.line("PING")).toBe(NO_AUTH);
    before.send(request("CONFIG", "SET", "requirepass", ""));
    expect(await before.take(5)).toBe("+OK\r\n");
    expect(await after.line("PING")).toBe("+PONG");
  });
});

describe("CLIENT", () => {
  it("REPLY leaves out what it is told to", async () => {
    await using server = await serve({ port: 0 });
    await using client = new RawClient(server.port);
    const expected = "+OK\r\n:3\r\n:5\r\n+OK\r\n";
    const lines = ["CLIENT REPLY OFF", "INCR a", "INCR a", "CLIENT REPLY ON", "INCR a"];
    const skipping = ["CLIENT REPLY SKIP", "INCR a", "INCR a", "SET b 1"];
    expect(await client.ask(expected, ...lines, ...skipping)).toBe(expected);
  });

  it("KILL ends another connection at once, and the own one after the reply", async () => {
    await using server = await serve({ port: 0 });
    await using client = new RawClient(server.port);
    await using other = new RawClient(server.port);
    const id = (await other.line("CLIENT ID")).slice(1);
    const own = (await client.line("CLIENT ID")).slice(1);
    expect(await client.line(`CLIENT KILL ID ${id}`)).toBe(":1");
    expect(await other.rest()).toBe("");
    expect(await client.line(`CLIENT KILL ID ${own}`)).toBe(":0");
    client.sendLines(`CLIENT KILL ID ${own} SKIPME no`, "PING");
    expect(await client.rest()).toBe(":1\r\n");
  });

  it("PAUSE holds back those who write, in order, until UNPAUSE", async () => {
    await using server = await serve({ port: 0 });
    await using client = new RawClient(server.port);
    await using other = new RawClient(server.port);
    expect(await other.line("CLIENT PAUSE 100000 WRITE")).toBe("+OK");
    client.sendLines("GET a", "SET a 1", "GET a");
    expect(await client.take(5)).toBe("$-1\r\n");
    expect(await other.line("GET a")).toBe("$-1");
    expect(await other.line("CLIENT UNPAUSE")).toBe("+OK");
    expect(await client.take(12)).toBe("+OK\r\n$1\r\n1\r\n");
  });

  it("LIST tells of all, in the fields of Redis", async () => {
    await using server = await serve({ port: 0 });
    await using client = new RawClient(server.port);
    await client.line("CLIENT SETNAME ada");
    client.sendLines("CLIENT LIST", "QUIT");
    const text = await client.rest();
    expect(text).toMatch(/^\$\d+\r\nid=\d+ addr=127\.0\.0\.1:\d+ laddr=127\.0\.0\.1:\d+ fd=/);
    expect(text).toContain(" name=ada age=0 idle=0 flags=N db=0 ");
    expect(text).toContain(" cmd=client|list user=default redir=-1 resp=2\n");
  });
});
