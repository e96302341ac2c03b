import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startProxy, type TcpProxy } from "./tcp-proxy.ts";
import { until } from "./until.ts";

/** A server that answers whatever it hears with the same in capitals, and notes it. */
let server: Server;
let heard = "";
let proxy: TcpProxy;
let clients: Socket[];

beforeEach(async () => {
  heard = "";
  clients = [];
  server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      heard += chunk.toString();
      socket.write(chunk.toString().toUpperCase());
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  proxy = await startProxy((server.address() as { port: number }).port);
});

afterEach(async () => {
  for (const client of clients) client.destroy();
  await proxy[Symbol.asyncDispose]();
  server.close();
});

/** A connection through the proxy, with what it received so far. */
class Client {
  readonly socket: Socket;
  received = "";
  isClosed = false;

  constructor() {
    this.socket = connect(proxy.port, "127.0.0.1");
    this.socket.on("data", (chunk) => (this.received += chunk.toString()));
    this.socket.on("close", () => (this.isClosed = true));
    this.socket.on("error", () => {});
    clients.push(this.socket);
  }

  async receives(text: string): Promise<void> {
    await until(`it receives ${text}`, async () => this.received === text);
  }

  async isCut(): Promise<void> {
    await until("it is cut", async () => this.isClosed);
  }
}

describe("a proxy", () => {
  it("carries requests and replies, and counts the connections", async () => {
    const one = new Client();
    const other = new Client();
    one.socket.write("one");
    other.socket.write("other");
    await one.receives("ONE");
    await other.receives("OTHER");
    expect(proxy.connections).toBe(2);
    one.socket.destroy();
    await until("one is gone", async () => proxy.connections === 1);
    expect(proxy.accepted).toBe(2);
  });

  it("cuts the connections of now, not those to come", async () => {
    const before = new Client();
    before.socket.write("a");
    await before.receives("A");
    proxy.cut();
    await before.isCut();
    const after = new Client();
    after.socket.write("b");
    await after.receives("B");
    expect(proxy.connections).toBe(1);
  });

  it("can be cut exactly after a request was handed on: it is heard, its reply is lost", async () => {
    const client = new Client();
    proxy.onRequest = () => proxy.cut();
    client.socket.write("request");
    await client.isCut();
    await until("it is heard", async () => heard === "request");
    expect(client.received).toBe("");
  });

  it("can be cut exactly before a reply is handed on", async () => {
    const client = new Client();
    proxy.onReply = () => proxy.cut();
    client.socket.write("request");
    await client.isCut();
    expect(heard).toBe("request");
    expect(client.received).toBe("");
  });

  it("refuses new connections and keeps the old ones", async () => {
    const old = new Client();
    old.socket.write("a");
    await old.receives("A");
    await proxy.refuse(true);
    const [error] = (await once(connect(proxy.port, "127.0.0.1"), "error")) as [Error];
    expect(error).toHaveProperty("code", "ECONNREFUSED");
    old.socket.write("b");
    await old.receives("AB");
    await proxy.refuse(false);
    const later = new Client();
    later.socket.write("c");
    await later.receives("C");
  });

  it("delays each chunk each way, and keeps their order when the delay ends", async () => {
    const client = new Client();
    await once(client.socket, "connect");
    proxy.delay(50);
    const begun = performance.now();
    client.socket.write("slow ");
    await client.receives("SLOW ");
    expect(performance.now() - begun).toBeGreaterThan(99);
    client.socket.write("slow ");
    await until("it is on its way", async () => heard === "slow slow ");
    proxy.heal();
    client.socket.write("fast");
    await client.receives("SLOW SLOW FAST");
  });

  it("swallows everything when half-open, and keeps the sockets open", async () => {
    const old = new Client();
    old.socket.write("a");
    await old.receives("A");
    const idle = new Client();
    idle.socket.write("a");
    await idle.receives("A");
    proxy.halfOpen();
    const fresh = new Client();
    await once(fresh.socket, "connect");
    old.socket.write("b");
    fresh.socket.write("b");
    await until("bytes are lost", async () => proxy.lostChunks === 2);
    expect(heard).toBe("aa");
    expect([old.isClosed, fresh.isClosed]).toEqual([false, false]);
    proxy.heal();
    await old.isCut();
    await fresh.isCut();
    idle.socket.write("c");
    await idle.receives("AC");
    expect(old.received).toBe("A");
  });

  it("hands requests on and drops their replies", async () => {
    const client = new Client();
    proxy.dropReplies();
    client.socket.write("first ");
    await until("it is heard", async () => heard === "first ");
    client.socket.write("second");
    await until("it is heard", async () => heard === "first second");
    expect(client.isClosed).toBe(false);
    proxy.heal();
    await client.isCut();
    expect(client.received).toBe("");
  });
});
