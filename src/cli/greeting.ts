import { join, resolve } from "node:path";
import { shellWord } from "../persistence/shell-word.ts";
import type { ServerConfig } from "../server/config/server-config.ts";
import type { Server } from "../server/server.ts";
import { LAUREL_VERSION } from "../server/version.ts";
import { fromByteString } from "../structures/byte-string.ts";

/** Where a server listens. */
export type Place = Pick<Server, "host" | "port" | "tlsPort" | "unixsocket">;

/** Addresses that mean all of the machine, and one of them that a client can be given. */
const ALL_ADDRESSES: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };
/** Where redis-cli connects to by itself. */
const CLIENTS_HOST = "127.0.0.1";

/** What `laurel serve` prints when it serves: where, and what to type next. */
export function greeting(place: Place, config: ServerConfig): string {
  return `${[
    `Laurel ${LAUREL_VERSION} serves the Redis protocol, process ${process.pid}.`,
    ...addresses(place).map((address) => `  ${address}`),
    "Next, in another terminal:",
    ...["ZADD board 1815 ada 1912 alan", "ZREVRANGE board 0 -1 WITHSCORES"].map(
      (command) => `  ${client(place, config)} ${command}`,
    ),
    `Ctrl-C ends it. ${whereItsDataIs(config)}`,
  ].join("\n")}\n`;
}

/** In a sentence, what becomes of the data. */
function whereItsDataIs(config: ServerConfig): string {
  const dir = fromByteString(config.spelling("dir"));
  if (config.get("appendonly")) {
    return `Every change is kept in ${join(dir, fromByteString(config.get("appenddirname")))}.`;
  }
  if (config.get("save").length > 0) {
    return `Snapshots are kept in ${join(dir, fromByteString(config.get("dbfilename")))}.`;
  }
  return "Its data is in memory only.";
}

function addresses(place: Place): string[] {
  const host = hostOf(place);
  const spelt = host.includes(":") ? `[${host}]` : host;
  const found: string[] = [];
  if (place.port !== 0) found.push(`redis://${spelt}:${place.port}`);
  if (place.tlsPort !== 0) found.push(`rediss://${spelt}:${place.tlsPort}`);
  if (place.unixsocket !== "") found.push(place.unixsocket);
  return found;
}

/** The client's command line, up to what it asks. */
function client(place: Place, config: ServerConfig): string {
  const words = ["redis-cli", ...wayIn(place, config)];
  if (config.get("requirepass") !== "") words.push("--askpass");
  return words.map(shellWord).join(" ");
}

/** The easiest way in: a port in the clear, or TLS, or the Unix socket. */
function wayIn(place: Place, config: ServerConfig): string[] {
  const { port, tlsPort, unixsocket } = place;
  if (port === 0 && tlsPort === 0) return ["-s", unixsocket];
  const host = hostOf(place);
  const where = host === CLIENTS_HOST ? [] : ["-h", host];
  if (port !== 0) return [...where, "-p", `${port}`];
  return [...tlsWords(config), ...where, "-p", `${tlsPort}`];
}

/** Who runs the server has its certificate, and can show it as a client's own. */
function tlsWords(config: ServerConfig): string[] {
  const certificate = pathOf("tls-cert-file", config);
  const authority = pathOf("tls-ca-cert-file", config);
  // Without an authority it can only be one that signs itself.
  const words = ["--tls", "--cacert", authority === "" ? certificate : authority];
  if (config.get("tls-auth-clients") === "yes") {
    words.push("--cert", certificate, "--key", pathOf("tls-key-file", config));
  }
  return words;
}

/** The path that a parameter holds, from the root: the other terminal may be in another folder. */
function pathOf(
  name: "tls-cert-file" | "tls-key-file" | "tls-ca-cert-file",
  config: ServerConfig,
): string {
  const path = fromByteString(config.get(name));
  return path === "" ? "" : resolve(path);
}

function hostOf({ host }: Place): string {
  return ALL_ADDRESSES[host] ?? host;
}
