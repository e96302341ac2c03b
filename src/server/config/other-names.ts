import type { ParameterName } from "./parameters.ts";

/** What other servers, and clients, call a parameter: by spelling, another one would be nearer. */
const OTHER_NAMES: ReadonlyMap<string, ParameterName> = new Map([
  ["host", "bind"],
  ["hostname", "bind"],
  ["address", "bind"],
  ["listen", "bind"],
  ["password", "requirepass"],
  ["auth", "requirepass"],
  ["socket", "unixsocket"],
  ["socket-path", "unixsocket"],
  ["path", "unixsocket"],
  ["directory", "dir"],
  ["data-dir", "dir"],
  ["eviction", "maxmemory-policy"],
  ["persistence", "appendonly"],
  ["fsync", "appendfsync"],
]);

/** The parameter that is meant by a name of another server, in any case; `undefined`: none is. */
export function byOtherName(name: string): ParameterName | undefined {
  return OTHER_NAMES.get(name.toLowerCase());
}
