import type { Command } from "../command.ts";
import { ADD_COMMANDS } from "./add.ts";
import { ALGEBRA_COMMANDS } from "./algebra.ts";
import { COUNT_COMMANDS } from "./count.ts";
import { LOOKUP_COMMANDS } from "./lookup.ts";
import { POP_COMMANDS } from "./pop.ts";
import { RANDOM_MEMBER_COMMANDS } from "./random-member.ts";
import { RANGE_COMMANDS } from "./range.ts";
import { REMOVE_COMMANDS } from "./remove.ts";
import { SCAN_COMMANDS } from "./scan.ts";

/** All commands on sorted sets. */
export const SORTED_SET_COMMANDS: readonly Command[] = [
  ...ADD_COMMANDS,
  ...LOOKUP_COMMANDS,
  ...RANGE_COMMANDS,
  ...COUNT_COMMANDS,
  ...REMOVE_COMMANDS,
  ...POP_COMMANDS,
  ...ALGEBRA_COMMANDS,
  ...RANDOM_MEMBER_COMMANDS,
  ...SCAN_COMMANDS,
];
