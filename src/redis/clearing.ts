import type { CallOptions } from "../cache/contract.ts";
import { CacheError } from "../errors.ts";
import { bytesArgument } from "./arguments.ts";
import { checkWrites, commandsOf, firstKeysOf, groupsOf } from "./bulk.ts";
import type { Calls } from "./calls.ts";
import type { Command } from "./port.ts";
import { unlessFailed } from "./replies.ts";
import { scanNames } from "./scan.ts";

/**
 * Removes all keys of a cache, but what it keeps under names of its own: the keys that begin with its
 * prefix or, where it has none and may do so, whatever the database holds.
 * @throws {CacheError} `CAPABILITY_UNSUPPORTED` where it has no prefix and may not
 */
export async function clearKeys(calls: Calls, options: CallOptions | undefined): Promise<void> {
  const { names, config } = calls;
  if (names.prefix !== "") await calls.inSteps(() => removeByPrefix(calls, options), options);
  else if (config.allowFlush) await flush(calls, options);
  else {
    throw new CacheError(
      "CAPABILITY_UNSUPPORTED",
      "Cannot clear the cache: it must have a prefix, or allowFlush to empty the whole database: " +
        "received neither",
    );
  }
}

async function removeByPrefix(calls: Calls, options: CallOptions | undefined): Promise<void> {
  const { names } = calls;
  const { port } = calls.state;
  const masters = await calls.step(() => port.masters(), options);
  for await (const page of scanNames(calls, masters, names.matching("*"), options)) {
    const keys = page.filter((name) => !names.isKept(name)).map(bytesArgument);
    if (keys.length === 0) continue;
    const commands = commandsOf("UNLINK", keys, groupsOf(keys, calls.isCluster));
    const firsts = firstKeysOf(commands);
    checkWrites(await calls.step(() => port.pipeline(commands, firsts), options));
  }
}

/**
 * Empties the database of each master. What this cache keeps there is put back: in the same step, but in a
 * Cluster, where its keys are on several masters, right after it.
 */
async function flush(calls: Calls, options: CallOptions | undefined): Promise<void> {
  const { port, reserved } = calls.state;
  const kept = [...reserved].map(([name, text]): Command => {
    return ["SET", bytesArgument(name), bytesArgument(text), "NX"];
  });
  const names = [...reserved.keys()].map(bytesArgument);
  if (!calls.isCluster) {
    unlessFailed(await calls.together([["FLUSHDB", "ASYNC"], ...kept], "", options));
    return;
  }
  await calls.inSteps(async () => {
    const masters = await calls.step(() => port.masters(), options);
    await Promise.all(
      masters.map((master) => calls.step(() => master.send(["FLUSHDB", "ASYNC"]), options)),
    );
    if (kept.length > 0) checkWrites(await calls.step(() => port.pipeline(kept, names), options));
  }, options);
}
