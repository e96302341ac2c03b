import { CacheError, show } from "../errors.ts";

/** What a URL says about a server. */
export type ServerUrl =
  /** A URL that begins with `redis:` or `rediss:`. */
  | { readonly url: string }
  /** A socket of the file system, and the number of a database. */
  | { readonly path: string; readonly database: number };

/** What may stand before the colon, and what the client libraries call it. */
const SCHEMES: ReadonlyMap<string, string> = new Map([
  ["redis:", "redis:"],
  ["rediss:", "rediss:"],
  ["valkey:", "redis:"],
  ["valkeys:", "rediss:"],
]);

/**
 * Reads the URL of a server. No message shows more than its scheme: the rest may be a password.
 * @throws {CacheError} `INVALID_CONFIG`
 */
export function parseServerUrl(given: string | URL): ServerUrl {
  const url = parse(String(given));
  if (url.protocol === "unix:") return parseSocket(url);
  const scheme = SCHEMES.get(url.protocol);
  if (scheme === undefined) {
    throw invalidUrl(
      "its scheme must be redis, rediss, valkey, valkeys or unix",
      show(url.protocol.slice(0, -1)),
    );
  }
  if (url.hostname === "") throw invalidUrl("it must name a host", "none");
  if (!/^(?:\/\d*)?$/.test(url.pathname)) {
    throw invalidUrl("its path must be the number of a database", show(url.pathname));
  }
  if (url.searchParams.has("keyPrefix")) {
    throw invalidUrl("it must have no keyPrefix, as the cache has a prefix of its own", "one");
  }
  return { url: `${scheme}${url.href.slice(url.protocol.length)}` };
}

function parse(text: string): URL {
  try {
    return new URL(text);
  } catch {
    // Not as the cause: the error shows the whole text.
    throw invalidUrl("it must have the form redis://host:port", "something else");
  }
}

function parseSocket(url: URL): ServerUrl {
  if (url.hostname !== "" || url.pathname === "") {
    throw invalidUrl("a unix URL must have the form unix:///path", "something else");
  }
  const database = url.searchParams.get("db") ?? "0";
  if (!/^\d+$/.test(database)) {
    throw invalidUrl("db must be the number of a database", show(database));
  }
  return { path: decodeURIComponent(url.pathname), database: Number(database) };
}

function invalidUrl(reason: string, received: string): CacheError {
  return new CacheError(
    "INVALID_CONFIG",
    `Cannot read the URL of the server: ${reason}: received ${received}`,
  );
}
