import type { Command } from "../command.ts";
import { ACL } from "./acl.ts";
import { COMMAND } from "./command.ts";
import { CONFIG } from "./config.ts";
import { DEBUG } from "./debug.ts";
import { FUNCTION } from "./functions.ts";
import { INFO, ROLE, TIME } from "./info.ts";
import { LATENCY } from "./latency.ts";
import { LOLWUT } from "./lolwut.ts";
import { MEMORY } from "./memory.ts";
import { MODULE } from "./modules.ts";
import { BGREWRITEAOF, BGSAVE, LASTSAVE, SAVE } from "./persistence.ts";
import { CLUSTER, READONLY, READWRITE, REPLICAOF, SLAVEOF } from "./replication.ts";
import { SHUTDOWN } from "./shutdown.ts";
import { SLOWLOG } from "./slowlog.ts";

/** The commands about the server itself. */
export const SERVER_COMMANDS: readonly Command[] = [
  ACL,
  BGREWRITEAOF,
  BGSAVE,
  CLUSTER,
  COMMAND,
  CONFIG,
  DEBUG,
  FUNCTION,
  INFO,
  LASTSAVE,
  LATENCY,
  LOLWUT,
  MEMORY,
  MODULE,
  READONLY,
  READWRITE,
  REPLICAOF,
  ROLE,
  SAVE,
  SHUTDOWN,
  SLAVEOF,
  SLOWLOG,
  TIME,
];
