import { chmod, rm } from "node:fs/promises";
import { createServer, type AddressInfo, type Server as NetServer, type Socket } from "node:net";
import { resolve as resolvePath } from "node:path";
import {
  createServer as createTlsServer,
  type Server as TlsServer,
  type TLSSocket,
} from "node:tls";
import { CacheError } from "../../errors.ts";
import { fromByteString } from "../../structures/byte-string.ts";
import { ParameterError } from "../config/parameter.ts";
import type { ServerConfig } from "../config/server-config.ts";
import { isStaleSocket } from "./stale-socket.ts";
import { RENEWABLE, tlsOptions } from "./tls-options.ts";

/** An address with this in front may be missing on the machine. */
const OPTIONAL = "-";
/** What Redis calls all addresses of the machine. */
const ALL_ADDRESSES = "*";
/** Somebody else listens there. */
const IN_USE = "EADDRINUSE";
/** Addresses that a machine may lack: no such address, no such family. */
const MISSING_ADDRESS = new Set(["EADDRNOTAVAIL", "EAFNOSUPPORT"]);

/** How long a client may take to agree on how to encrypt, in milliseconds. */
const HANDSHAKE_MS_MAX = 10_000;

/** A client that has said all it wants to say still gets its replies. */
const HALF_OPEN = { allowHalfOpen: true };

/** Where the server listens: TCP ports in the clear and with TLS, a Unix socket. */
export class Listeners {
  readonly #servers: NetServer[] = [];
  readonly #onSocket: (socket: Socket, path: string) => void;
  readonly #config: ServerConfig;
  readonly #handshakeMsMax: number;
  /** Sockets whose handshake is not done, by the address of the client: no client is there yet. */
  readonly #handshakes = new Map<string, Socket>();
  #port = 0;
  #tlsPort = 0;
  #host = "";
  #path = "";

  /** `onSocket` takes each connection, with the path of the Unix socket that it came by, or "". */
  constructor(
    config: ServerConfig,
    onSocket: (socket: Socket, path: string) => void,
    handshakeMsMax = HANDSHAKE_MS_MAX,
  ) {
    this.#config = config;
    this.#onSocket = onSocket;
    this.#handshakeMsMax = handshakeMsMax;
  }

  /** The TCP port; 0: there is none. */
  get port(): number {
    return this.#port;
  }

  /** The TCP port with TLS; 0: there is none. */
  get tlsPort(): number {
    return this.#tlsPort;
  }

  /** The first address that it listens on; "": there is none. */
  get host(): string {
    return this.#host;
  }

  /** The absolute path of the Unix socket; "": there is none. */
  get path(): string {
    return this.#path;
  }

  /**
   * Listens wherever the configuration says.
   * @throws {CacheError} `INVALID_CONFIG` where it cannot
   */
  async open(): Promise<void> {
    const config = this.#config;
    const path = fromByteString(config.get("unixsocket"));
    const tlsPort = config.get("tls-port");
    const port = config.get("port");
    try {
      // Without any other place to listen, port 0 asks for a free one.
      if (port !== 0 || (tlsPort === 0 && path === "")) {
        this.#port = await this.#listenOnAll(port, () =>
          createServer({ ...HALF_OPEN, noDelay: true }, (socket) => this.#onSocket(socket, "")),
        );
      }
      if (tlsPort !== 0) this.#tlsPort = await this.#listenOnAll(tlsPort, () => this.#tlsServer());
      if (path !== "") await this.#listenOnPath(path, config.get("unixsocketperm"));
    } catch (cause) {
      await this.close();
      if (!(cause instanceof ParameterError)) throw cause;
      const message = `Cannot configure the server: ${cause.message}`;
      throw new CacheError("INVALID_CONFIG", message, { cause: cause.cause });
    }
  }

  /** Takes no more connections; those that are there stay. */
  async close(): Promise<void> {
    const servers = this.#servers.splice(0);
    for (const socket of this.#handshakes.values()) socket.destroy();
    await Promise.all(
      servers.map(
        (server) =>
          new Promise<void>((resolve) => {
            server.close(() => resolve());
          }),
      ),
    );
  }

  /** Not half open: a client that ends before its handshake is done would be waited for. */
  #tlsServer(): TlsServer {
    const options = { ...tlsOptions(this.#config), handshakeTimeout: this.#handshakeMsMax };
    const server = createTlsServer(options, (socket) => {
      this.#handshakes.delete(addressOf(socket));
      if (isForeign(socket)) {
        socket.destroy();
        return;
      }
      socket.setNoDelay(true);
      this.#onSocket(socket, "");
    });
    server.on("connection", (socket: Socket) => this.#shakeHands(socket));
    // Node.js only tells of a handshake that failed or took too long.
    server.on("tlsClientError", (_error, socket) => socket.destroy());
    for (const name of RENEWABLE) {
      this.#config.watch(name, () => server.setSecureContext(tlsOptions(this.#config)));
    }
    return server;
  }

  /** Notes a handshake; there are no more of them at once than there may be clients. */
  #shakeHands(socket: Socket): void {
    if (this.#handshakes.size >= this.#config.get("maxclients")) {
      socket.destroy();
      return;
    }
    const address = addressOf(socket);
    this.#handshakes.set(address, socket);
    socket.once("close", () => this.#handshakes.delete(address));
  }

  /** One server an address, all at the same port, whose number is returned. */
  async #listenOnAll(wanted: number, create: () => NetServer): Promise<number> {
    const words = this.#config.get("bind");
    const port = await this.#listenOnEach(words, wanted, create);
    if (port === 0) {
      throw new CacheError(
        "INVALID_CONFIG",
        `Cannot listen: no address can be used: received ${words.join(" ") || "none"}`,
      );
    }
    return port;
  }

  /** One after the other, since the first one may have to find the port for all. */
  async #listenOnEach(
    [word, ...others]: readonly string[],
    wanted: number,
    create: () => NetServer,
  ): Promise<number> {
    if (word === undefined) return wanted;
    const isOptional = word.startsWith(OPTIONAL);
    const address = isOptional ? word.slice(OPTIONAL.length) : word;
    let port = wanted;
    try {
      const bound = await this.#listenOn(address, wanted, create());
      port = bound.port;
      this.#host ||= bound.address;
    } catch (cause) {
      const { code = "" } = cause as NodeJS.ErrnoException;
      if (!isOptional || !MISSING_ADDRESS.has(code)) {
        throw cannotListen(wanted === 0 ? address : `${address}:${wanted}`, cause, "port");
      }
    }
    return await this.#listenOnEach(others, port, create);
  }

  async #listenOn(address: string, port: number, server: NetServer): Promise<AddressInfo> {
    const backlog = this.#config.get("tcp-backlog");
    const where = address === "" || address === ALL_ADDRESSES ? { port } : { host: address, port };
    await this.#listen(server, { ...where, ipv6Only: address.includes(":"), backlog });
    return server.address() as AddressInfo;
  }

  async #listenOnPath(path: string, mode: number): Promise<void> {
    const listen = async (): Promise<void> => {
      const server = createServer(HALF_OPEN, (socket) => this.#onSocket(socket, path));
      await this.#listen(server, { path, backlog: this.#config.get("tcp-backlog") });
    };
    try {
      await listen().catch(async (cause: NodeJS.ErrnoException) => {
        if (cause.code !== IN_USE || !(await isStaleSocket(path))) throw cause;
        await rm(path, { force: true });
        await listen();
      });
      if (mode !== 0) await chmod(path, mode);
    } catch (cause) {
      throw cannotListen(path, cause, "path");
    }
    this.#path = resolvePath(path);
  }

  async #listen(server: NetServer, where: Parameters<NetServer["listen"]>[0]): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(where, () => {
        server.off("error", reject);
        // What fails later fails for one connection, and ends there.
        server.on("error", () => {});
        resolve();
      });
    });
    this.#servers.push(server);
  }
}

function addressOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress}:${remotePort}`;
}

/** Whether a client showed a certificate that nobody vouches for, where it need not show one. */
function isForeign(socket: TLSSocket): boolean {
  return !socket.authorized && socket.getPeerX509Certificate() !== undefined;
}

function cannotListen(place: string, cause: unknown, other: "port" | "path"): Error {
  if (cause instanceof ParameterError || !(cause instanceof Error)) return cause as Error;
  const isInUse = (cause as NodeJS.ErrnoException).code === IN_USE;
  const reason = isInUse
    ? `somebody else listens there already, choose another ${other}`
    : cause.message;
  const message = `Cannot listen: ${reason}: received ${place}`;
  return new CacheError("INVALID_CONFIG", message, { cause });
}
