import { CacheError } from "../errors.ts";
import type { ClientPort, Reply } from "./port.ts";
import { asText } from "./replies.ts";

/**
 * Names the incarnation of all that a port speaks with: the run id of its server or, of several masters,
 * those of all, sorted.
 */
export async function readBootId(port: ClientPort): Promise<string> {
  const masters = await port.masters();
  const infos = await Promise.all(masters.map((master) => master.send(["INFO", "server"])));
  return infos.map(runIdOf).sort().join(",");
}

/** The run id in what INFO says. @throws {CacheError} `CAPABILITY_UNSUPPORTED` where it has none */
export function runIdOf(info: Reply): string {
  const [, id] = /^run_id:(\S+)/m.exec(asText(info)) ?? [];
  if (id !== undefined) return id;
  throw new CacheError(
    "CAPABILITY_UNSUPPORTED",
    "Cannot name the server's incarnation: INFO must have a run_id: received none",
  );
}
