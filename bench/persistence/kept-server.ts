import type { ServerKind } from "../server/server-process.ts";

/** When what was written is forced to the disk: `appendfsync`. */
export type Fsync = "always" | "everysec" | "no";

const QUIET = ["--loglevel", "warning"];

/** A server that keeps nothing. */
export function forgetting(kind: ServerKind): ServerKind {
  return { name: kind.name, command: (port) => [...kind.command(port), ...QUIET] };
}

/**
 * A server that keeps a journal in a directory. It is rewritten when it is told to: by itself a
 * server would do it in the middle of one measurement and not in that of another.
 */
export function keeping(kind: ServerKind, dir: string, fsync: Fsync): ServerKind {
  const settings = {
    dir,
    appendonly: "yes",
    appendfsync: fsync,
    "auto-aof-rewrite-percentage": "0",
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  return {
    name: `${kind.name}, ${fsync}`,
    command: (port) => [...kind.command(port), ...QUIET, ...flags],
  };
}
