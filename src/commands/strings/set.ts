import type { Keyspace } from "../../engine/keyspace.ts";
import { getAndSetIf, set, setIf, type SetTerms } from "../../engine/strings.ts";
import { isKeyword } from "../arguments.ts";
import { type Command, type CommandHandler, type FoundKey, oneKey } from "../command.ts";
import {
  type DeadlineForm,
  IN_MILLISECONDS,
  IN_SECONDS,
  positiveDeadlineArgument,
} from "../deadline-argument.ts";
import { setOptions, type StringOptions } from "./string-options.ts";

const SET: Command = {
  name: "set",
  arity: -3,
  group: "string",
  flags: ["write", "denyoom"],
  categories: ["string"],
  keys: oneKey("RW", "access", "update", "variable_flags"),
  findKeys: keysOfSet,
  since: "1.0.0",
  summary: "Gives a key a string, with conditions and a time to live where they are asked for.",
  complexity: "O(1)",
  run({ keyspace, reply }, argv) {
    const key = argv[1] as string;
    const value = argv[2] as string;
    if (argv.length === 3) {
      set(keyspace, key, value, keyspace.defaultExpiry());
      reply.ok();
      return;
    }
    const options = setOptions(argv, 3);
    const terms = termsOf(options, keyspace);
    if (options.returnsFormer) reply.bulkOrNull(getAndSetIf(keyspace, key, value, terms));
    else if (setIf(keyspace, key, value, terms)) reply.ok();
    else reply.null();
  },
};

const SETNX: Command = {
  name: "setnx",
  arity: 3,
  group: "string",
  flags: ["write", "denyoom", "fast"],
  categories: ["string"],
  keys: oneKey("OW", "insert"),
  since: "1.0.0",
  summary: "Gives a key a string if there is no such key yet.",
  complexity: "O(1)",
  run({ keyspace, reply }, argv) {
    const terms: SetTerms = { onlyIf: "absent", expiresAt: keyspace.defaultExpiry() };
    reply.integer(setIf(keyspace, argv[1] as string, argv[2] as string, terms) ? 1 : 0);
  },
};

const SETEX: Command = {
  name: "setex",
  arity: 4,
  group: "string",
  flags: ["write", "denyoom"],
  categories: ["string"],
  keys: oneKey("OW", "update"),
  since: "2.0.0",
  summary: "Gives a key a string and a time to live in seconds.",
  complexity: "O(1)",
  run: setFor(IN_SECONDS, "setex"),
};

const PSETEX: Command = {
  name: "psetex",
  arity: 4,
  group: "string",
  flags: ["write", "denyoom"],
  categories: ["string"],
  keys: oneKey("OW", "update"),
  since: "2.6.0",
  summary: "Gives a key a string and a time to live in milliseconds.",
  complexity: "O(1)",
  run: setFor(IN_MILLISECONDS, "psetex"),
};

const GETSET: Command = {
  name: "getset",
  arity: 3,
  group: "string",
  flags: ["write", "denyoom", "fast"],
  categories: ["string"],
  keys: oneKey("RW", "access", "update"),
  since: "1.0.0",
  summary: "Gives a key a string and returns the one that it held before.",
  complexity: "O(1)",
  run({ keyspace, reply }, argv) {
    const terms: SetTerms = { onlyIf: "always", expiresAt: keyspace.defaultExpiry() };
    reply.bulkOrNull(getAndSetIf(keyspace, argv[1] as string, argv[2] as string, terms));
  },
};

/** The commands that give one key a value, whatever it held. */
export const SET_COMMANDS: readonly Command[] = [SET, SETNX, SETEX, PSETEX, GETSET];

function termsOf({ onlyIf, keepsExpiry, expiry }: StringOptions, keyspace: Keyspace): SetTerms {
  if (keepsExpiry) return { onlyIf, expiresAt: "kept" };
  if (expiry === undefined) return { onlyIf, expiresAt: keyspace.defaultExpiry() };
  const { text, form } = expiry;
  return { onlyIf, expiresAt: positiveDeadlineArgument(text, form, keyspace.now(), "set") };
}

function setFor(form: DeadlineForm, name: string): CommandHandler {
  return ({ keyspace, reply }, argv) => {
    const deadline = positiveDeadlineArgument(argv[2] as string, form, keyspace.now(), name);
    set(keyspace, argv[1] as string, argv[3] as string, deadline);
    reply.ok();
  };
}

/** With GET the former value is read, without it the key is only written. */
function keysOfSet(argv: readonly string[]): readonly FoundKey[] {
  const reads = argv.some((argument, at) => at >= 3 && isKeyword(argument, "get"));
  return [{ at: 1, flags: reads ? ["RW", "access", "update"] : ["OW", "update"] }];
}
