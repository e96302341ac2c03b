import type { Command } from "../command.ts";
import { FLUSHALL, FLUSHDB, SELECT, SWAPDB } from "./databases.ts";
import { DUMP, RESTORE } from "./dump.ts";
import { DEL, EXISTS, TOUCH, TYPE, UNLINK } from "./existence.ts";
import { EXPIRE, EXPIREAT, PERSIST, PEXPIRE, PEXPIREAT } from "./expire.ts";
import { DBSIZE, KEYS, RANDOMKEY, SCAN } from "./iterate.ts";
import { OBJECT } from "./object.ts";
import { COPY, MOVE, RENAME, RENAMENX } from "./places.ts";
import { SORT, SORT_RO } from "./sort.ts";
import { EXPIRETIME, PEXPIRETIME, PTTL, TTL } from "./ttl.ts";
import { WAIT } from "./wait.ts";

/** The commands about keys of any type, and about databases as a whole. */
export const KEY_COMMANDS: readonly Command[] = [
  COPY,
  DBSIZE,
  DEL,
  DUMP,
  EXISTS,
  EXPIRE,
  EXPIREAT,
  EXPIRETIME,
  FLUSHALL,
  FLUSHDB,
  KEYS,
  MOVE,
  OBJECT,
  PERSIST,
  PEXPIRE,
  PEXPIREAT,
  PEXPIRETIME,
  PTTL,
  RANDOMKEY,
  RENAME,
  RENAMENX,
  RESTORE,
  SCAN,
  SELECT,
  SORT,
  SORT_RO,
  SWAPDB,
  TOUCH,
  TTL,
  TYPE,
  UNLINK,
  WAIT,
];
