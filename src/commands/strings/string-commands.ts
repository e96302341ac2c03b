import type { Command } from "../command.ts";
import { COUNTER_COMMANDS } from "./counters.ts";
import { EDIT_COMMANDS } from "./edit.ts";
import { GET_COMMANDS } from "./get.ts";
import { LCS } from "./lcs.ts";
import { MANY_COMMANDS } from "./many.ts";
import { SET_COMMANDS } from "./set.ts";

/** All commands on strings and counters. */
export const STRING_COMMANDS: readonly Command[] = [
  ...GET_COMMANDS,
  ...SET_COMMANDS,
  ...MANY_COMMANDS,
  ...COUNTER_COMMANDS,
  ...EDIT_COMMANDS,
  LCS,
];
