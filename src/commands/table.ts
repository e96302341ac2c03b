import type { Command } from "./command.ts";
import { CONNECTION_COMMANDS } from "./connection/connection-commands.ts";
import { KEY_COMMANDS } from "./keys/key-commands.ts";
import { SERVER_COMMANDS } from "./server/server-commands.ts";
import { SORTED_SET_COMMANDS } from "./sorted-sets/sorted-set-commands.ts";
import { STRING_COMMANDS } from "./strings/string-commands.ts";
import { TRANSACTION_COMMANDS } from "./transactions/transaction-commands.ts";

/** Every command there is. */
export const COMMANDS: readonly Command[] = [
  ...STRING_COMMANDS,
  ...KEY_COMMANDS,
  ...SORTED_SET_COMMANDS,
  ...TRANSACTION_COMMANDS,
  ...CONNECTION_COMMANDS,
  ...SERVER_COMMANDS,
];
