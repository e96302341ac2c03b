import { dumpKey, restoreKey } from "../../engine/key-dump.ts";
import { exists } from "../../engine/keys.ts";
import type { Keyspace } from "../../engine/keyspace.ts";
import { parseInt64 } from "../../protocol/number-text.ts";
import { restore } from "../../rdb/dump.ts";
import { RdbError } from "../../rdb/rdb-error.ts";
import type { RdbValue } from "../../rdb/value.ts";
import { NO_SLOT } from "../../structures/slot-table.ts";
import { integerArgument, isKeyword } from "../arguments.ts";
import { type Command, oneKey } from "../command.ts";
import { NOT_AN_INTEGER, ReplyError, SYNTAX_ERROR } from "../reply-error.ts";

const BUSY_KEY = new ReplyError("BUSYKEY Target key name already exists.");
const INVALID_TTL = new ReplyError("ERR Invalid TTL value, must be >= 0");
const INVALID_IDLETIME = new ReplyError("ERR Invalid IDLETIME value, must be >= 0");
const INVALID_FREQ = new ReplyError("ERR Invalid FREQ value, must be >= 0 and <= 255");
const WRONG_CHECKSUM = new ReplyError("ERR DUMP payload version or checksum are wrong");
const BAD_FORMAT = new ReplyError("ERR Bad data format");

const FREQ_MAX = 255;
const OPTIONS_AT = 4;

/** DUMP key */
export const DUMP: Command = {
  name: "dump",
  arity: 2,
  group: "generic",
  flags: ["readonly"],
  categories: ["keyspace"],
  keys: oneKey("RO", "access"),
  since: "2.6.0",
  summary: "Serialises the value of a key in Redis' RDB encoding, for RESTORE.",
  complexity: "O(N), N the size of the value in bytes",
  run({ keyspace, reply, settings }, argv) {
    reply.bulkOrNull(dumpKey(keyspace, argv[1] as string, settings));
  },
};

interface RestoreOptions {
  replace: boolean;
  isAbsolute: boolean;
  idleSeconds: number | undefined;
  frequency: number | undefined;
}

function restoreOptions(argv: readonly string[]): RestoreOptions {
  const options: RestoreOptions = {
    replace: false,
    isAbsolute: false,
    idleSeconds: undefined,
    frequency: undefined,
  };
  for (let i = OPTIONS_AT; i < argv.length; i++) {
    const value = argv[i + 1];
    if (isKeyword(argv[i], "replace")) options.replace = true;
    else if (isKeyword(argv[i], "absttl")) options.isAbsolute = true;
    else if (value === undefined) throw SYNTAX_ERROR;
    else if (isKeyword(argv[i], "idletime") && options.frequency === undefined) {
      options.idleSeconds = integerArgument(value);
      if (options.idleSeconds < 0) throw INVALID_IDLETIME;
      i++;
    } else if (isKeyword(argv[i], "freq") && options.idleSeconds === undefined) {
      options.frequency = integerArgument(value);
      if (options.frequency < 0 || options.frequency > FREQ_MAX) throw INVALID_FREQ;
      i++;
    } else throw SYNTAX_ERROR;
  }
  return options;
}

/** When a restored key goes, in milliseconds; a ttl of 0 is none. */
function restoredExpiry(keyspace: Keyspace, text: string, isAbsolute: boolean): number {
  const ttl = parseInt64(text);
  if (ttl === undefined) throw NOT_AN_INTEGER;
  if (ttl < 0n) throw INVALID_TTL;
  if (ttl === 0n) return keyspace.defaultExpiry();
  if (isAbsolute) return Number(ttl);
  const deadline = ttl + BigInt(Math.floor(keyspace.now()));
  // What is beyond 64 bits comes round to the past in Redis, which then creates no key.
  return Number(BigInt.asIntN(64, deadline));
}

function parsePayload(payload: string): RdbValue {
  try {
    return restore(payload);
  } catch (error) {
    throw error instanceof RdbError ? replyTo(error) : error;
  }
}

function replyTo({ code, typeName }: RdbError): ReplyError {
  if (code === "BAD_CHECKSUM") return WRONG_CHECKSUM;
  if (code === "BAD_FORMAT") return BAD_FORMAT;
  return new ReplyError(`ERR Cannot restore: Laurel has no ${typeName} values yet`);
}

/** RESTORE key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency] */
export const RESTORE: Command = {
  name: "restore",
  arity: -4,
  group: "generic",
  flags: ["write", "denyoom"],
  categories: ["keyspace", "dangerous"],
  keys: oneKey("OW", "update"),
  since: "2.6.0",
  summary: "Gives a key a value that DUMP serialised, here or in a Redis.",
  complexity: "O(N) for N bytes of a string, O(N log N) for N members of a sorted set",
  run({ keyspace, reply }, argv) {
    const { replace, isAbsolute, idleSeconds, frequency } = restoreOptions(argv);
    const [, key, ttl, payload] = argv as [string, string, string, string];
    if (!replace && exists(keyspace, key)) throw BUSY_KEY;
    const expiresAt = restoredExpiry(keyspace, ttl, isAbsolute);
    restoreKey(keyspace, key, parsePayload(payload), expiresAt);
    const slot = keyspace.lookup(key);
    if (slot !== NO_SLOT) {
      if (idleSeconds !== undefined) keyspace.setIdleSeconds(slot, idleSeconds);
      if (frequency !== undefined) keyspace.setUseCount(slot, frequency);
    }
    reply.ok();
  },
};
