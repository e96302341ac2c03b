import { createClient, ErrorReply, RESP_TYPES } from "redis";
import type { Argument, ClientPort, Connection, Reply } from "./port.ts";
import { connectionError, replyError } from "./wire-errors.ts";

/**
 * Every kind of string as its bytes, and integers as their text: the numbers that the client makes of
 * them are wrong from 9007199254740984 on, where its sum of the digits passes 2^53.
 */
const TYPES = {
  [RESP_TYPES.NUMBER]: String,
  [RESP_TYPES.BLOB_STRING]: Buffer,
  [RESP_TYPES.SIMPLE_STRING]: Buffer,
  [RESP_TYPES.VERBATIM_STRING]: Buffer,
};

/** Where the server is, and the version of the protocol to speak with it. */
export interface NodeRedisOptions {
  readonly port: number;
  readonly RESP: 2 | 3;
  /** Whether to connect again, and after how many milliseconds. Default: as the client has it. */
  readonly reconnectStrategy?: number | false;
}

type Client = ReturnType<typeof createBytesClient>;

/** A port over `redis`: one connection for all, and one of its own for work that needs it. */
export class NodeRedisPort implements ClientPort {
  readonly #options: NodeRedisOptions;
  readonly #client: Promise<Client>;
  #own: Promise<Client> | undefined;

  constructor(options: NodeRedisOptions) {
    this.#options = options;
    this.#client = open(options);
  }

  async send(argv: readonly Argument[]): Promise<Reply> {
    return await send(this.#client, argv);
  }

  async exclusive<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const own = (this.#own ??= open(this.#options));
    return await work({ send: (argv) => send(own, argv) });
  }

  async close(): Promise<void> {
    await Promise.all([this.#client, this.#own].map(async (client) => (await client)?.close()));
  }
}

function createBytesClient({ RESP, ...socket }: NodeRedisOptions) {
  return createClient({
    socket: { host: "127.0.0.1", ...socket },
    RESP,
    commandOptions: { typeMapping: TYPES },
  });
}

async function open(options: NodeRedisOptions): Promise<Client> {
  const client = createBytesClient(options);
  // The calls tell what failed.
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

async function send(client: Promise<Client>, argv: readonly Argument[]): Promise<Reply> {
  try {
    return await (await client).sendCommand<Reply>(argv);
  } catch (error) {
    throw error instanceof ErrorReply ? replyError(error) : connectionError(error);
  }
}
