import { CacheError } from "../errors.ts";
import type { ServerUrl } from "./server-url.ts";

/** What makes a client for a URL. */
export interface LibraryLoaders {
  /** A client of the library that is installed. @throws {CacheError} `INVALID_CONFIG` where none is */
  clientOf(server: ServerUrl): Promise<unknown>;
}

/** A client library that may be installed. */
export interface Library {
  readonly name: string;
  readonly load: () => Promise<unknown>;
  /** A client that nobody has connected. */
  readonly create: (library: never, server: ServerUrl) => unknown;
}

interface IoredisLibrary {
  readonly Redis: new (...options: readonly unknown[]) => object;
}

interface NodeRedisLibrary {
  readonly createClient: (options: object) => object;
}

const IOREDIS: Library = {
  name: "ioredis",
  load: () => import("ioredis"),
  create: ({ Redis }: IoredisLibrary, server) => {
    const lazily = { lazyConnect: true };
    if ("url" in server) return new Redis(server.url, lazily);
    return new Redis({ path: server.path, db: server.database, ...lazily });
  },
};

const NODE_REDIS: Library = {
  name: "redis",
  load: () => import("redis"),
  create: ({ createClient }: NodeRedisLibrary, server) => {
    if ("url" in server) return createClient({ url: server.url });
    return createClient({ socket: { path: server.path }, database: server.database });
  },
};

/** The first of some libraries that is installed. */
export function firstOf(libraries: readonly Library[]): LibraryLoaders {
  return {
    async clientOf(server) {
      for (const { name, load, create } of libraries) {
        let library: unknown;
        try {
          // oxlint-disable-next-line no-await-in-loop -- one is enough: the next one is not loaded
          library = await load();
        } catch (error) {
          if (isMissing(error, name)) continue;
          throw new CacheError(
            "INVALID_CONFIG",
            `Cannot connect to the server: ${name} must load: received an error`,
            { cause: error },
          );
        }
        return create(library as never, server);
      }
      throw new CacheError(
        "INVALID_CONFIG",
        "Cannot connect to the server: a client must be installed, run `npm install ioredis` " +
          "or `npm install redis`: received a URL and no client",
      );
    },
  };
}

/** `ioredis`, else `redis`. */
export const LIBRARIES: LibraryLoaders = firstOf([IOREDIS, NODE_REDIS]);

/** Whether the library itself was not found, rather than something that it needs. */
function isMissing(error: unknown, name: string): boolean {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  return code === "ERR_MODULE_NOT_FOUND" && String(message).includes(`'${name}'`);
}
