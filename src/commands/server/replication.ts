import { isKeyword } from "../arguments.ts";
import type { CommandFlag, CommandHandler } from "../command.ts";
import { ReplyError } from "../reply-error.ts";
import { container, LOADING, serverCommand } from "./server-record.ts";

const NO_CLUSTER = new ReplyError("ERR This instance has cluster support disabled");

const replicate: CommandHandler = ({ reply }, argv) => {
  if (!isKeyword(argv[1], "no") || !isKeyword(argv[2], "one")) {
    throw new ReplyError("ERR Cannot replicate: this server copies no other");
  }
  reply.ok();
};

const REPLICATION_FACTS = {
  arity: 3,
  flags: ["admin", "noscript", "stale", "no_async_loading"],
  summary: "Takes NO ONE for the server to copy, which is so anyway, and refuses any other.",
  complexity: "O(1)",
  run: replicate,
} as const;

/** REPLICAOF NO ONE */
export const REPLICAOF = serverCommand({
  ...REPLICATION_FACTS,
  name: "replicaof",
  since: "5.0.0",
});

/** SLAVEOF NO ONE */
export const SLAVEOF = serverCommand({ ...REPLICATION_FACTS, name: "slaveof", since: "1.0.0" });

const READS: readonly CommandFlag[] = ["stale"];
const INSPECTS: readonly CommandFlag[] = ["admin", "stale"];
const CHANGES: readonly CommandFlag[] = ["admin", "stale", "no_async_loading"];

/** The subcommands of CLUSTER with their arities and flags. */
const CLUSTER_SUBCOMMANDS: readonly (readonly [string, number, readonly CommandFlag[]])[] = [
  ["addslots", -3, CHANGES],
  ["addslotsrange", -4, CHANGES],
  ["bumpepoch", 2, CHANGES],
  ["count-failure-reports", 3, INSPECTS],
  ["countkeysinslot", 3, READS],
  ["delslots", -3, CHANGES],
  ["delslotsrange", -4, CHANGES],
  ["failover", -2, CHANGES],
  ["flushslots", 2, CHANGES],
  ["forget", 3, CHANGES],
  ["getkeysinslot", 4, READS],
  ["help", 2, LOADING],
  ["info", 2, READS],
  ["keyslot", 3, READS],
  ["links", 2, READS],
  ["meet", -4, CHANGES],
  ["myid", 2, READS],
  ["nodes", 2, READS],
  ["replicas", 3, INSPECTS],
  ["replicate", 3, CHANGES],
  ["reset", -2, [...INSPECTS, "noscript"]],
  ["saveconfig", 2, CHANGES],
  ["set-config-epoch", 3, CHANGES],
  ["setslot", -4, CHANGES],
  ["shards", 2, READS],
  ["slaves", 3, INSPECTS],
  ["slots", 2, READS],
];

/** CLUSTER: every subcommand replies that this is no node of a cluster, so that clients know. */
export const CLUSTER = container(
  "cluster",
  "3.0.0",
  "Refuses: this server is no node of a cluster.",
  CLUSTER_SUBCOMMANDS.map(([name, arity, flags]) =>
    serverCommand({
      name,
      arity,
      flags,
      since: "3.0.0",
      summary: "Refuses: this server is no node of a cluster.",
      complexity: "O(1)",
      run: refuseCluster,
    }),
  ),
);

function refuseCluster(): never {
  throw NO_CLUSTER;
}

const CLUSTER_READ_FACTS = {
  arity: 1,
  flags: [...LOADING, "fast"],
  categories: ["connection"],
  since: "3.0.0",
  summary: "Refuses: this server is no node of a cluster.",
  complexity: "O(1)",
  run: refuseCluster,
} as const;

/** READONLY */
export const READONLY = serverCommand({ ...CLUSTER_READ_FACTS, name: "readonly" });

/** READWRITE */
export const READWRITE = serverCommand({ ...CLUSTER_READ_FACTS, name: "readwrite" });
