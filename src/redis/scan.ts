import type { CallOptions } from "../cache/contract.ts";
import { CacheError } from "../errors.ts";
import type { Calls } from "./calls.ts";
import type { Argument, Connection } from "./port.ts";
import { asList, asPage } from "./replies.ts";

/** How many keys or members one step of a listing asks the server to visit. */
export const SCAN_COUNT = "512";

/**
 * The names that match a glob, page by page, one master after the other. Each is a byte string. A
 * connection that is lost meanwhile ends it with `CONNECTION_FAILED`: the next one may be to another
 * server, which does not know how far the listing has come.
 */
export async function* scanNames(
  calls: Calls,
  masters: readonly Connection[],
  match: Argument,
  options: CallOptions | undefined,
): AsyncGenerator<string[]> {
  const { epoch } = calls.state.port;
  for (const master of masters) {
    // One page after the other, so that as little as possible is held.
    yield* scanMaster(calls, master, match, epoch, options);
  }
}

async function* scanMaster(
  calls: Calls,
  master: Connection,
  match: Argument,
  epoch: number,
  options: CallOptions | undefined,
): AsyncGenerator<string[]> {
  let cursor = "0";
  do {
    calls.enter(options);
    if (calls.state.port.epoch !== epoch) throw interrupted("keys");
    const command = ["SCAN", cursor, "MATCH", match, "COUNT", SCAN_COUNT];
    // oxlint-disable-next-line no-await-in-loop -- each page says where the next one begins
    const [next, found] = asPage(await calls.step(() => master.send(command), options));
    cursor = next;
    yield asList(found).map((name) => (name as Buffer).toString("latin1"));
  } while (cursor !== "0");
}

/** What a listing ends with that has come so far at another server, perhaps: a cursor is of one alone. */
export function interrupted(what: "keys" | "members"): CacheError {
  return new CacheError(
    "CONNECTION_FAILED",
    `Cannot list ${what}: the connection must last meanwhile: received another one`,
  );
}
