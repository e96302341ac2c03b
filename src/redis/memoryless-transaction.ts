import { CacheError } from "../errors.ts";
import type { Argument, Command, Reply } from "./port.ts";
import { asList } from "./replies.ts";
import { NO_SCRIPTS, Script, type ScriptRunner, type Send } from "./script-runner.ts";
import { replyError } from "./server-errors.ts";

/** Carries out the commands in ARGV, each after the number of its words, and replies with all replies. */
const TOGETHER = new Script(`
local replies, i = {}, 1
while i <= #ARGV do
  local words = tonumber(ARGV[i])
  replies[#replies + 1] = redis.pcall(unpack(ARGV, i + 1, i + words))
  i = i + words + 1
end
return replies
`);

/** Commands for which a server needs no memory. */
const MEMORYLESS: ReadonlySet<Argument | undefined> = new Set(
  "EXISTS GET PERSIST PEXPIRETIME PTTL TIME ZCARD ZMSCORE ZRANGE".split(" "),
);

/**
 * The replies to a transaction which a server refused that is out of memory. Redis then queues nothing at
 * all, not even what only reads, since the queue itself takes memory; a script with the same commands it
 * lets in. What does take memory stays refused.
 */
export async function withoutQueue(
  refusal: unknown,
  commands: readonly Command[],
  key: Argument,
  scripts: ScriptRunner,
  send: Send,
): Promise<readonly Reply[]> {
  const isFull = refusal instanceof CacheError && refusal.code === "CACHE_FULL";
  if (!isFull || scripts.hasScripts === false) throw refusal;
  if (!commands.every(([name]) => MEMORYLESS.has(name))) throw refusal;
  const words = commands.flatMap((command) => [String(command.length), ...command]);
  const replies = await scripts.run(TOGETHER, [key], words, send);
  if (replies === NO_SCRIPTS) throw refusal;
  return asList(replies).map((reply) => (reply instanceof Error ? replyError(reply) : reply));
}
