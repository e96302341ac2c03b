import type { NodeAddress } from "./cluster-slots.ts";
import { replyOf } from "./server-errors.ts";

/** Whether a reply says that a command is to be sent elsewhere, or later: it was not carried out. */
export function isRedirected(reply: string): boolean {
  return reply.startsWith("MOVED ") || reply.startsWith("ASK ") || reply.startsWith("TRYAGAIN ");
}

/** Whether an error is such a reply. */
export function isRedirection(error: unknown): boolean {
  const reply = replyOf(error);
  return reply !== undefined && isRedirected(reply);
}

/** Where MOVED and ASK say that a key is, and the slot: `MOVED 3999 127.0.0.1:6381`. */
export function parseRedirection(
  reply: string,
  askedHost: string,
): { readonly slot: number; readonly address: NodeAddress } {
  const [, slot = "", target = ""] = reply.split(" ");
  const colon = target.lastIndexOf(":");
  const host = target.slice(0, colon);
  const isKnown = host !== "" && host !== "?";
  const address = { host: isKnown ? host : askedHost, port: Number(target.slice(colon + 1)) };
  return { slot: Number(slot), address };
}
