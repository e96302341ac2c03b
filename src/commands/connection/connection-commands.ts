import type { Command } from "../command.ts";
import { AUTH, HELLO } from "./authentication.ts";
import { CLIENT } from "./client.ts";
import { ECHO, PING, QUIT, RESET } from "./session.ts";

/** The commands about the connection itself. */
export const CONNECTION_COMMANDS: readonly Command[] = [
  AUTH,
  HELLO,
  PING,
  ECHO,
  QUIT,
  RESET,
  CLIENT,
];
