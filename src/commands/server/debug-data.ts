import { encodingAt } from "../../engine/encoding.ts";
import { dumpKey } from "../../engine/key-dump.ts";
import { set } from "../../engine/strings.ts";
import { NO_SLOT } from "../../structures/slot-table.ts";
import { atLeast, isKeyword } from "../arguments.ts";
import type { CommandHandler } from "../command.ts";
import { NO_SUCH_KEY, ReplyError } from "../reply-error.ts";
import { datasetDigest, valueDigest } from "./digest.ts";

const ARGUMENTS_AT = 2;
const RELOAD_OPTIONS = new Set(["merge", "noflush", "nosave"]);
/** The type before a dumped value, and the version and checksum behind it. */
const DUMP_FRAME_BYTES = 1 + 2 + 8;
/** Redis keeps the second of the last use in so many bits. */
const LRU_BITS_MASK = 0xff_ffff;
/** What an address that tells one value from another looks like. */
const ADDRESS_BASE = 0x7f00_0000_0000;
const ADDRESS_STEP = 16;

/** DEBUG RELOAD [MERGE] [NOFLUSH] [NOSAVE]: saves all keys, and loads them again. */
export const debugReload: CommandHandler = ({ reply, server }, argv) => {
  const options = new Set(argv.slice(ARGUMENTS_AT).map((option) => option.toLowerCase()));
  for (const option of options) {
    if (RELOAD_OPTIONS.has(option)) continue;
    throw new ReplyError("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.");
  }
  // What is there and what is loaded always merge: a key that is in both is the loaded one.
  server.persistence.reload({ save: !options.has("nosave"), flush: !options.has("noflush") });
  reply.ok();
};

/** DEBUG LOADAOF: loads all keys from the journal. */
export const debugLoadAof: CommandHandler = ({ reply, server }) => {
  server.persistence.reloadJournal();
  reply.ok();
};

/** DEBUG OBJECT key */
export const debugObject: CommandHandler = ({ keyspace, reply, settings }, argv) => {
  const key = argv[2] as string;
  const slot = keyspace.lookup(key);
  if (slot === NO_SLOT) throw NO_SUCH_KEY;
  const idleSeconds = keyspace.idleSeconds(slot);
  const encoding = encodingAt(keyspace, slot, settings);
  const dumpedBytes = (dumpKey(keyspace, key, settings)?.length ?? 0) - DUMP_FRAME_BYTES;
  keyspace.setIdleSeconds(slot, idleSeconds);
  const lru = (Math.floor(keyspace.now() / 1000) - idleSeconds) & LRU_BITS_MASK;
  const address = (ADDRESS_BASE + slot * ADDRESS_STEP).toString(16);
  reply.simple(
    `Value at:0x${address} refcount:1 encoding:${encoding} serializedlength:${dumpedBytes} ` +
      `lru:${lru} lru_seconds_idle:${idleSeconds}`,
  );
};

/** DEBUG DIGEST */
export const debugDigest: CommandHandler = ({ databases, reply, server }) => {
  reply.simple(datasetDigest(databases, (bytes) => server.sha1(bytes)));
};

/** DEBUG DIGEST-VALUE key [key ...] */
export const debugDigestValue: CommandHandler = ({ keyspace, reply, server }, argv) => {
  const keys = argv.slice(ARGUMENTS_AT);
  reply.array(keys.length);
  for (const key of keys) reply.simple(valueDigest(keyspace, key, (bytes) => server.sha1(bytes)));
};

const OUT_OF_RANGE = new ReplyError("ERR value is out of range, must be positive");
const PREFIX_AT = 3;
const SIZE_AT = 4;

/** DEBUG POPULATE count [prefix] [size]: makes keys that are not there yet. */
export const debugPopulate: CommandHandler = ({ keyspace, reply, settings }, argv) => {
  const count = atLeast(0, argv[ARGUMENTS_AT] ?? "", OUT_OF_RANGE);
  const prefix = argv[PREFIX_AT] ?? "key";
  const size = argv[SIZE_AT] === undefined ? 0 : atLeast(0, argv[SIZE_AT], OUT_OF_RANGE);
  if (size > settings.maxBulkBytes) throw OUT_OF_RANGE;
  for (let i = 0; i < count; i++) {
    const key = `${prefix}:${i}`;
    if (keyspace.lookup(key) !== NO_SLOT) continue;
    const value = `value:${i}`;
    set(keyspace, key, size === 0 ? value : value.slice(0, size).padEnd(size, "\0"), Infinity);
  }
  reply.ok();
};

/** DEBUG SET-ACTIVE-EXPIRE 0|1: whether expired keys are collected that nobody looks up. */
export const debugSetActiveExpire: CommandHandler = ({ databases, reply }, argv) => {
  const isOn = !isKeyword(argv[ARGUMENTS_AT], "0");
  for (const [, keyspace] of databases.entries()) {
    keyspace.sweeps = isOn;
    if (isOn && keyspace.earliestDeadline !== Infinity) {
      keyspace.onEarliestDeadline?.(keyspace.earliestDeadline);
    }
  }
  reply.ok();
};
