import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { freePort } from "./free-port.ts";

/** What becomes of the bytes that come: nothing special, requests pass and replies vanish, all vanish. */
type Fault = "none" | "drop-replies" | "half-open";

/**
 * Starts a proxy on a port of its own in front of a port of the loopback.
 * Faults hold for all connections, new ones included, until `heal()`.
 */
export async function startProxy(targetPort: number): Promise<TcpProxy> {
  const proxy = new TcpProxy(targetPort, await freePort());
  await proxy.refuse(false);
  return proxy;
}

/** A TCP proxy in the process of the test, with switches for what networks do. */
export class TcpProxy implements AsyncDisposable {
  readonly targetPort: number;
  readonly port: number;
  /** Hears of each chunk from a client once it was handed on; cutting there loses only the reply. */
  onRequest: ((chunk: Buffer) => void) | undefined;
  /** Hears of each chunk from the server before it is handed on; cutting there loses it. */
  onReply: ((chunk: Buffer) => void) | undefined;
  /** How many connections were accepted so far. */
  accepted = 0;
  /** How many chunks vanished so far. */
  lostChunks = 0;
  readonly #links = new Set<Link>();
  #server: Server | undefined;
  #fault: Fault = "none";
  #delayMs = 0;

  /** Starting it is for `startProxy`. */
  constructor(targetPort: number, port: number) {
    this.targetPort = targetPort;
    this.port = port;
  }

  /** How many connections are open now. */
  get connections(): number {
    return [...this.#links].filter(({ isOpen }) => isOpen).length;
  }

  get fault(): Fault {
    return this.#fault;
  }

  get delayMs(): number {
    return this.#delayMs;
  }

  /** Closes all connections of now, both ways; what was handed on to the server is carried out there. */
  cut(): void {
    for (const link of this.#links) link.cut();
  }

  /** Nobody listens any more, so that new connections are refused, or somebody listens again. */
  async refuse(isRefusing: boolean): Promise<void> {
    if (isRefusing === (this.#server === undefined)) return;
    if (isRefusing) {
      this.#server?.close();
      this.#server = undefined;
      return;
    }
    this.#server = createServer({ noDelay: true }, (client) => this.#accept(client));
    this.#server.listen(this.port, "127.0.0.1");
    await once(this.#server, "listening");
  }

  /** From now on every chunk takes so many milliseconds longer, each way; it keeps its order. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  /** All sockets stay open, and new connections succeed, but whatever is sent vanishes, both ways. */
  halfOpen(): void {
    this.#fault = "half-open";
  }

  /** Requests reach the server; its replies vanish. */
  dropReplies(): void {
    this.#fault = "drop-replies";
  }

  /**
   * Ends all faults and delays. A connection that lost bytes is cut: never does a stream go on behind
   * a gap. The others, idle meanwhile, live on. It does not undo `refuse`.
   */
  heal(): void {
    this.#fault = "none";
    this.#delayMs = 0;
    for (const link of this.#links) if (link.hasGap) link.cut();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await this.refuse(true);
  }

  #accept(client: Socket): void {
    this.accepted++;
    const link = new Link(this, client, connect(this.targetPort, "127.0.0.1"));
    this.#links.add(link);
    void link.closed.then(() => this.#links.delete(link));
  }
}

/** A connection through the proxy: two sockets, and what is on its way between them. */
class Link {
  readonly #proxy: TcpProxy;
  readonly #client: Socket;
  readonly #upstream: Socket;
  #lostRequests = false;
  #lostReplies = false;

  constructor(proxy: TcpProxy, client: Socket, upstream: Socket) {
    this.#proxy = proxy;
    this.#client = client;
    this.#upstream = upstream;
    upstream.setNoDelay(true);
    this.#connect(client, (chunk) => this.#request(chunk), upstream);
    this.#connect(upstream, (chunk) => this.#reply(chunk), client);
  }

  /** Whether something that was sent through it vanished. */
  get hasGap(): boolean {
    return this.#lostRequests || this.#lostReplies;
  }

  /** Whether the client has not closed it. */
  get isOpen(): boolean {
    return !this.#client.destroyed;
  }

  /** Resolves when both sides are closed. */
  get closed(): Promise<unknown> {
    return Promise.all(
      [this.#client, this.#upstream].map(
        (socket) => new Promise((resolve) => void socket.once("close", resolve)),
      ),
    );
  }

  cut(): void {
    this.#client.destroy();
    this.#upstream.destroy();
  }

  /** Carries what comes from one socket, and its end, to the other, late by the delay, in order. */
  #connect(from: Socket, deliver: (chunk: Buffer) => void, to: Socket): void {
    const onTheWay: (() => void)[] = [];
    const later = (arrive: () => void) => {
      const { delayMs } = this.#proxy;
      if (delayMs === 0 && onTheWay.length === 0) return arrive();
      onTheWay.push(arrive);
      setTimeout(() => onTheWay.shift()?.(), delayMs);
    };
    from.on("data", (chunk: Buffer) => later(() => deliver(chunk)));
    from.on("error", () => {});
    from.on("close", () =>
      later(() => {
        // A half-open connection does not even show that the other side has gone.
        if (this.#proxy.fault !== "half-open") to.destroySoon();
        else if (from === this.#client) this.#lostRequests = true;
        else this.#lostReplies = true;
      }),
    );
  }

  #request(chunk: Buffer): void {
    if (this.#proxy.fault === "half-open") this.#lostRequests = true;
    if (this.#lostRequests) {
      this.#proxy.lostChunks++;
      return;
    }
    this.#upstream.write(chunk, (error) => {
      if (error === null || error === undefined) this.#proxy.onRequest?.(chunk);
    });
  }

  #reply(chunk: Buffer): void {
    if (this.#proxy.fault !== "none") this.#lostReplies = true;
    if (this.#lostReplies) {
      this.#proxy.lostChunks++;
      return;
    }
    this.#proxy.onReply?.(chunk);
    if (!this.#client.destroyed) this.#client.write(chunk);
  }
}
