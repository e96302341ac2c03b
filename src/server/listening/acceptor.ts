import type { Socket } from "node:net";
import type { ServerConfig } from "../config/server-config.ts";
import { Connection } from "../connection.ts";
import type { ServerState } from "../server-state.ts";
import type { ServerStats } from "../statistics/server-stats.ts";
import { endpointsOf } from "./endpoints.ts";

const TOO_MANY_CLIENTS = "-ERR max number of clients reached\r\n";
/** Redis' words, which people search for. */
const PROTECTED_MODE =
  "-DENIED Redis is running in protected mode because protected mode is enabled and no password " +
  "is set for the default user. In this mode connections are only accepted from the loopback " +
  "interface. If you want to connect from external computers to Redis you may adopt one of the " +
  "following solutions: 1) Just disable protected mode sending the command 'CONFIG SET " +
  "protected-mode no' from the loopback interface by connecting to Redis from the same host the " +
  "server is running, however MAKE SURE Redis is not publicly accessible from internet if you do " +
  "so. Use CONFIG REWRITE to make this change permanent. 2) Alternatively you can just disable " +
  "the protected mode by editing the Redis configuration file, and setting the protected mode " +
  "option to 'no', and then restarting the server. 3) If you started the server manually just " +
  "for testing, restart it with the '--protected-mode no' option. 4) Setup a an authentication " +
  "password for the default user. NOTE: You only need to do one of the above things in order for " +
  "the server to start accepting connections from the outside.\r\n";

/** Lets connections in, or turns them away. */
export class Acceptor {
  readonly #config: ServerConfig;
  readonly #state: ServerState;
  readonly #stats: ServerStats;
  #lastId = 0;

  constructor(config: ServerConfig, state: ServerState, stats: ServerStats) {
    this.#config = config;
    this.#state = state;
    this.#stats = stats;
  }

  /** Takes a socket that was opened, by the Unix socket of a path or, where it is "", by TCP. */
  accept(socket: Socket, path: string): void {
    const { clients, limits } = this.#state;
    if (clients.size >= limits.clients) {
      this.#turnAway(socket, TOO_MANY_CLIENTS);
      return;
    }
    const endpoints = endpointsOf(socket, path);
    if (!endpoints.isLocal && this.#isProtected) {
      this.#turnAway(socket, PROTECTED_MODE);
      return;
    }
    if (limits.keepAliveSeconds > 0) socket.setKeepAlive(true, limits.keepAliveSeconds * 1000);
    this.#stats.connectionsReceived++;
    this.#lastId++;
    clients.add(new Connection(this.#lastId, socket, endpoints, this.#state).session);
  }

  get #isProtected(): boolean {
    return this.#config.get("protected-mode") && !this.#state.passwords.isNeeded;
  }

  #turnAway(socket: Socket, text: string): void {
    this.#stats.connectionsRejected++;
    socket.on("error", () => {});
    socket.end(text, () => socket.destroy());
  }
}
