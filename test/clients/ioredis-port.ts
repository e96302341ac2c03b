import { Redis, type RedisOptions, ReplyError } from "ioredis";
import type { Argument, ClientPort, Connection, Reply } from "./port.ts";
import { connectionError, replyError } from "./wire-errors.ts";

/** A port over `ioredis`: one connection for all, and one of its own for work that needs it. */
export class IoredisPort implements ClientPort {
  readonly #redis: Redis;
  readonly #options: RedisOptions;
  #own: Redis | undefined;

  constructor(options: RedisOptions) {
    this.#options = options;
    this.#redis = open(options);
  }

  send(argv: readonly Argument[]): Promise<Reply> {
    return send(this.#redis, argv);
  }

  async exclusive<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const own = (this.#own ??= open(this.#options));
    return await work({ send: (argv) => send(own, argv) });
  }

  async close(): Promise<void> {
    await Promise.all([this.#redis.quit(), this.#own?.quit()]);
  }
}

function open(options: RedisOptions): Redis {
  const redis = new Redis(options);
  // The calls tell what failed; an error that nobody listens to is only printed.
  redis.on("error", () => undefined);
  return redis;
}

async function send(redis: Redis, [name = "", ...rest]: readonly Argument[]): Promise<Reply> {
  try {
    return (await redis.callBuffer(String(name), rest)) as Reply;
  } catch (error) {
    throw error instanceof ReplyError ? replyError(error as Error) : connectionError(error);
  }
}
