import type { ClientPort } from "../client-port.ts";
import { ReplyError } from "../reply-error.ts";

const BAD_NAME = new ReplyError(
  "ERR Client names cannot contain spaces, newlines or special characters.",
);

/** Whether a text can stand in CLIENT LIST, whose fields are parted by spaces. */
export function isPrintable(text: string): boolean {
  return /^[!-~]*$/.test(text);
}

/** Gives a client a name, or none where it is empty. */
export function setName(client: ClientPort, name: string): void {
  if (!isPrintable(name)) throw BAD_NAME;
  client.name = name;
}
