import type { Command, Link, Reply } from "./port.ts";
import { asReply } from "./replies.ts";

/** The replies to commands that are sent at once on a link; what one failed with is an Error in its place. */
export async function pipeline(link: Link, commands: readonly Command[]): Promise<Reply[]> {
  if (link.pipeline !== undefined) return await link.pipeline(commands);
  return await Promise.all(commands.map((command) => link.send(command).catch(asReply)));
}
