import { NO_SLOT } from "../../structures/slot-table.ts";
import { integerArgument, isKeyword } from "../arguments.ts";
import { keysFrom } from "../command.ts";
import { SYNTAX_ERROR } from "../reply-error.ts";
import type { MemoryReport } from "../server-port.ts";
import { container, help, serverCommand } from "./server-record.ts";

const OPTIONS_AT = 3;
/** Less data than this, and no advice is worth giving. */
const WORTH_ADVICE_BYTES = 5 * 1024 ** 2;

const USAGE = serverCommand({
  name: "usage",
  arity: -3,
  flags: ["readonly"],
  keys: [keysFrom(2, 0, 1, "RO")],
  since: "4.0.0",
  summary: "Tells what a key and its value cost, in bytes, by the accounting that limits go by.",
  complexity: "O(1)",
  run({ keyspace, reply }, argv) {
    for (let at = OPTIONS_AT; at < argv.length; at += 2) {
      const samples = argv[at + 1];
      if (!isKeyword(argv[at], "samples") || samples === undefined) throw SYNTAX_ERROR;
      if (integerArgument(samples) < 0) throw SYNTAX_ERROR;
    }
    const slot = keyspace.lookup(argv[2] as string);
    if (slot === NO_SLOT) reply.null();
    else reply.integer(keyspace.costAt(slot));
  },
});

const STATS = serverCommand({
  name: "stats",
  arity: 2,
  since: "4.0.0",
  summary: "Tells what memory is used for.",
  complexity: "O(1)",
  run({ reply, server }) {
    const { amounts, shares } = figures(server.memory());
    reply.map(amounts.length + shares.length);
    for (const [name, value] of amounts) {
      reply.bulk(name);
      reply.integer(value);
    }
    for (const [name, value] of shares) {
      reply.bulk(name);
      reply.double(value);
    }
  },
});

type Figure = readonly [name: string, value: number];

/** Under Redis' names, as far as there is something to tell. */
function figures(report: MemoryReport): { amounts: readonly Figure[]; shares: readonly Figure[] } {
  const { dataBytes, heapAllocatedBytes, keys, peakBytes, residentBytes } = report;
  const surplus = residentBytes - heapAllocatedBytes;
  return {
    amounts: [
      ["peak.allocated", peakBytes],
      ["total.allocated", report.totalBytes],
      ["startup.allocated", report.startupBytes],
      ["replication.backlog", 0],
      ["clients.slaves", 0],
      ["clients.normal", report.clientBytes],
      ["cluster.links", 0],
      ["aof.buffer", 0],
      ["lua.caches", 0],
      ["functions.caches", 0],
      ["overhead.total", 0],
      ["keys.count", keys],
      ["keys.bytes-per-key", keys === 0 ? 0 : Math.round(dataBytes / keys)],
      ["dataset.bytes", dataBytes],
      ["allocator.allocated", heapAllocatedBytes],
      ["allocator.active", heapAllocatedBytes],
      ["allocator.resident", residentBytes],
      ["fragmentation.bytes", surplus],
    ],
    shares: [
      ["dataset.percentage", 100],
      ["peak.percentage", peakBytes === 0 ? 100 : (dataBytes / peakBytes) * 100],
      ["fragmentation", residentBytes / heapAllocatedBytes],
    ],
  };
}

const DOCTOR = serverCommand({
  name: "doctor",
  arity: 2,
  since: "4.0.0",
  summary: "Looks for what is wrong with the use of memory.",
  complexity: "O(1)",
  run({ reply, server }) {
    reply.verbatim("txt", advice(server.memory()));
  },
});

/** The heap of JavaScript holds more than this times the data only while much of it is garbage. */
const GARBAGE_RATIO = 3;
const PEAK_RATIO = 1.5;

function advice({ dataBytes, heapAllocatedBytes, peakBytes }: MemoryReport): string {
  if (dataBytes < WORTH_ADVICE_BYTES) {
    return "There is hardly any data: nothing can be said about its memory.\n";
  }
  const found: string[] = [];
  if (peakBytes > dataBytes * PEAK_RATIO) {
    found.push("* Peak: at its peak the data took much more memory than now, and memory that");
    found.push("  was in use once may stay with the process.");
  }
  if (heapAllocatedBytes > dataBytes * GARBAGE_RATIO) {
    found.push("* Garbage: the heap holds much more than the data; MEMORY PURGE collects it where");
    found.push("  node runs with --expose-gc.");
  }
  return found.length === 0
    ? "Nothing is wrong with the use of memory.\n"
    : `${found.join("\n")}\n`;
}

const PURGE = serverCommand({
  name: "purge",
  arity: 2,
  since: "4.0.0",
  summary: "Collects garbage, where node was started with --expose-gc.",
  complexity: "O(N) for N bytes in use",
  run({ reply, server }) {
    server.collectGarbage();
    reply.ok();
  },
});

const MALLOC_STATS = serverCommand({
  name: "malloc-stats",
  arity: 2,
  since: "4.0.0",
  summary: "Tells that the allocator, V8's, has no statistics of its own.",
  complexity: "O(1)",
  run({ reply }) {
    reply.bulk("Stats not supported for the current allocator");
  },
});

/** MEMORY */
export const MEMORY = container("memory", "4.0.0", "Tells what memory is used for.", [
  DOCTOR,
  MALLOC_STATS,
  PURGE,
  STATS,
  USAGE,
  help("MEMORY", "4.0.0", [
    "DOCTOR",
    "    Looks for what is wrong with the use of memory.",
    "MALLOC-STATS",
    "    Tells about the allocator.",
    "PURGE",
    "    Collects garbage, where that is possible.",
    "STATS",
    "    Tells what memory is used for.",
    "USAGE <key> [SAMPLES <count>]",
    "    Tells what <key> and its value cost, in bytes; nothing needs to be sampled.",
  ]),
]);
