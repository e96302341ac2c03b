import type { Command } from "../commands/command.ts";
import { findKeys } from "../commands/key-extraction.ts";
import { ReplyError } from "../commands/reply-error.ts";

/**
 * Refuses a call that would write a key of more bytes than a cache allows. Whoever looks a longer
 * key up, or removes it, finds none. O(arguments).
 * @throws {ReplyError}
 */
export function checkKeyLengths(command: Command, argv: readonly string[], bytesMax: number): void {
  for (const { at, flags } of findKeys(command, argv)) {
    const bytes = argv[at]?.length ?? 0;
    if (bytes <= bytesMax || !(flags.includes("OW") || flags.includes("RW"))) continue;
    throw new ReplyError(`ERR key is too long: at most ${bytesMax} bytes, received ${bytes}`);
  }
}
