import { encodingAt } from "../../engine/encoding.ts";
import type { Keyspace } from "../../engine/keyspace.ts";
import { stringEncoding } from "../../engine/string-encoding.ts";
import { NO_SLOT } from "../../structures/slot-table.ts";
import { type Command, keysFrom, NO_KEYS } from "../command.ts";
import type { CommandContext } from "../context.ts";
import { ReplyError } from "../reply-error.ts";

const COUNTS_USES = new ReplyError(
  "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when " +
    "switching between policies at runtime LRU and LFU data will take some time to adjust.",
);
const DATES_USES = new ReplyError(
  "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that " +
    "when switching between policies at runtime LRU and LFU data will take some time to adjust.",
);

/** Redis holds one object for each of the integers below this, and counts no references to it. */
const SHARED_INTEGERS = 10_000;
const SHARED_REFERENCES = 2 ** 31 - 1;

/** How many references Redis would count: such small integers are shared, unless keys are evicted. */
function referencesAt(keyspace: Keyspace, slot: number): number {
  if (keyspace.evicts || typeof keyspace.valueAt(slot) !== "string") return 1;
  if (stringEncoding(keyspace, slot) !== "int") return 1;
  const value = Number(keyspace.valueAt(slot));
  return value >= 0 && value < SHARED_INTEGERS ? SHARED_REFERENCES : 1;
}

/** The subcommands that tell something of a key, which is null where there is no such key. */
function objectSubcommand(
  name: string,
  since: string,
  summary: string,
  tell: (context: CommandContext, slot: number) => void,
): Command {
  return {
    name,
    arity: 3,
    group: "generic",
    flags: ["readonly"],
    categories: ["keyspace"],
    keys: [keysFrom(2, 0, 1, "RO")],
    since,
    summary,
    complexity: "O(1)",
    run(context, argv) {
      const slot = context.keyspace.lookup(argv[2] as string);
      if (slot === NO_SLOT) context.reply.null();
      else tell(context, slot);
    },
  };
}

const ENCODING = objectSubcommand(
  "encoding",
  "2.2.3",
  "Names the encoding in which Redis would hold the value of a key.",
  ({ keyspace, reply, settings }, slot) => reply.bulk(encodingAt(keyspace, slot, settings)),
);

const FREQ = objectSubcommand(
  "freq",
  "4.0.0",
  "Tells how often a key is used, from 0 to 255 and logarithmic, under an LFU policy.",
  ({ keyspace, reply }, slot) => {
    if (!keyspace.countsUses) throw DATES_USES;
    reply.integer(keyspace.useCount(slot));
  },
);

const IDLETIME = objectSubcommand(
  "idletime",
  "2.2.3",
  "Tells for how many seconds a key was not used.",
  ({ keyspace, reply }, slot) => {
    if (keyspace.countsUses) throw COUNTS_USES;
    reply.integer(keyspace.idleSeconds(slot));
  },
);

const REFCOUNT = objectSubcommand(
  "refcount",
  "2.2.3",
  "Tells how many references Redis would count to the value of a key.",
  ({ keyspace, reply }, slot) => reply.integer(referencesAt(keyspace, slot)),
);

const HELP_LINES = [
  "OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
  "ENCODING <key>",
  "    The encoding in which Redis would hold the value of a key.",
  "FREQ <key>",
  "    How often a key is used, as a logarithm; needs an LFU policy.",
  "IDLETIME <key>",
  "    The seconds since a key was last used; needs a policy other than LFU.",
  "REFCOUNT <key>",
  "    The number of references to the value of a key.",
  "HELP",
  "    This text.",
];

const HELP: Command = {
  name: "help",
  arity: 2,
  group: "generic",
  flags: ["loading", "stale"],
  categories: ["keyspace"],
  keys: NO_KEYS,
  since: "6.2.0",
  summary: "Lists the subcommands of OBJECT.",
  complexity: "O(1)",
  run({ reply }) {
    reply.array(HELP_LINES.length);
    for (const line of HELP_LINES) reply.simple(line);
  },
};

/** OBJECT ENCODING | FREQ | IDLETIME | REFCOUNT key, OBJECT HELP */
export const OBJECT: Command = {
  name: "object",
  arity: -2,
  group: "generic",
  flags: [],
  categories: [],
  keys: NO_KEYS,
  since: "2.2.3",
  summary: "Tells how the value of a key is held and used.",
  complexity: "O(1)",
  subcommands: [ENCODING, FREQ, HELP, IDLETIME, REFCOUNT],
};
