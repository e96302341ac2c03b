/** Holds the limits of docs/operations.md to the source: each row has its number from where it is used. */
import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import { VALUE_BYTES_MAX } from "../../src/engine/strings.ts";
import { TEXT_BYTES_MAX as REQUEST_TEXT_BYTES_MAX } from "../../src/protocol/byte-text.ts";
import { TEXT_BYTES_MAX as FILE_TEXT_BYTES_MAX } from "../../src/rdb/byte-reader.ts";
import { STAGED_TRANSFERS_MAX } from "../../src/engine/staged-sets.ts";
import { resolveOptions as resolveCacheOptions } from "../../src/cache/options.ts";
import { RING_POINTS_MAX } from "../../src/distributed/ring/hash-ring.ts";
import { resolveOptions as resolveDistributedOptions } from "../../src/distributed/options.ts";
import { COMMAND_KEYS_MAX } from "../../src/redis/bulk.ts";
import { resolveOptions as resolveRedisOptions } from "../../src/redis/options.ts";
import * as server from "../../src/server/limits.ts";
import { PARAMETERS_IN_FORCE } from "../../src/server/config/parameters-in-force.ts";
import { REPEATED_SAMPLES_MAX } from "../../src/structures/range-input.ts";

const page = readFileSync(new URL("../../docs/operations.md", import.meta.url), "utf8");
const MIB = 2 ** 20;

/** The row of each limit in the table below a heading: its default, and what sets it. */
function tableOf(heading: string): Map<string, { default: string; setBy: string }> {
  const [text = ""] = (page.split(`\n### ${heading}\n`)[1] ?? "").split(/\n#{2,3} /);
  const rows = text
    .split("\n")
    .filter((line) => line.startsWith("| ") && !/^\| (?:---|limit)/.test(line));
  return new Map(
    rows.map((row) => {
      const [name = "", initial = "", , setBy = ""] = row
        .slice(1, -1)
        .split("|")
        .map((c) => c.trim());
      return [name, { default: initial, setBy }];
    }),
  );
}

/** The text of a file, given its layer and its own name, in whichever folder of the layer it is. */
function sourceOf(file: string): string {
  const [layer = "", name = ""] = file.split("/");
  const folder = new URL(`../../src/${layer}/`, import.meta.url);
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const [path, another] = paths.filter((found) => basename(found) === name);
  if (path === undefined || another !== undefined) throw new Error(`Which one is ${file}?`);
  return readFileSync(new URL(path, folder), "utf8");
}

/** The value of a constant that its file keeps to itself: a number, or products and powers of such. */
function constant(file: string, name: string): number {
  const [, text] = new RegExp(String.raw`const ${name} = ([\d_ *]+);`).exec(sourceOf(file)) ?? [];
  if (text === undefined) throw new Error(`There is no number ${name} in src/${file}.`);
  return text
    .split(" * ")
    .map((factor) => factor.split(" ** ").map((part) => Number(part.replaceAll("_", ""))))
    .reduce((product, [base = NaN, exponent = 1]) => product * base ** exponent, 1);
}

const none = (value: number): string => (value === Infinity ? "none" : String(value));
const count = (value: number): string => value.toLocaleString("en-US");
const seconds = (ms: number): string => `${ms / 1000} s`;

function bytes(value: number): string {
  for (const [unit, size] of [
    ["GiB", 1024 * MIB],
    ["MiB", MIB],
    ["KiB", 1024],
  ] as const) {
    if (value >= size && value % size === 0) return `${value / size} ${unit}`;
  }
  return `${value} bytes`;
}

/** A parameter of the server before anybody has set it. */
function initially(name: keyof typeof PARAMETERS_IN_FORCE): number {
  const { initial } = PARAMETERS_IN_FORCE[name];
  if (typeof initial !== "number") throw new Error(`${name} is no number`);
  return initial;
}

type Expected = readonly [value: string, setBy: string];

function expectTable(heading: string, expected: Readonly<Record<string, Expected>>): void {
  const rows = tableOf(heading);
  expect([...rows.keys()].toSorted()).toEqual(Object.keys(expected).toSorted());
  for (const [name, [value, setBy]] of Object.entries(expected)) {
    const row = rows.get(name);
    expect(row?.default, name).toBe(value);
    if (setBy === "fixed") expect(row?.setBy, name).toMatch(/^fixed/);
    else for (const word of setBy.split(" ")) expect(row?.setBy, name).toContain(`\`${word}\``);
  }
}

const LONGEST_TEXT = "2^29 − 24 bytes";

describe("the limits that operations.md states are those", () => {
  test("of a cache in the process", () => {
    const config = resolveCacheOptions({});
    // The layers that know nothing of each other say it each for itself.
    expect([VALUE_BYTES_MAX, REQUEST_TEXT_BYTES_MAX, FILE_TEXT_BYTES_MAX]).toEqual(
      Array(3).fill(2 ** 29 - 24),
    );
    expectTable("Of a cache in the process", {
      keys: [none(config.maxEntries), "maxEntries"],
      "what keys and values cost, in bytes": [none(config.maxMemoryBytes), "maxMemoryBytes"],
      "a key, in bytes": [none(config.maxKeyBytes), "maxKeyBytes"],
      "sorted sets": [none(config.maxLeaderboards), "maxLeaderboards"],
      "members of a sorted set": [none(config.maxMembersPerSet), "maxMembersPerSet"],
      "a value": [LONGEST_TEXT, "fixed"],
      "random members with repeats, of one call": [count(REPEATED_SAMPLES_MAX), "fixed"],
      "large sorted sets that arrive in parts, from other nodes": [
        count(STAGED_TRANSFERS_MAX),
        "fixed",
      ],
    });
  });

  test("of a distributed cache", () => {
    const config = resolveDistributedOptions({});
    expectTable("Of a distributed cache", {
      "a call to a node": [seconds(config.callTimeoutMs), "callTimeout"],
      "a write that was given up may still land": [seconds(config.fenceTimeoutMs), "fenceTimeout"],
      "a probe": [seconds(config.healthCheck.timeoutMs), "healthCheck.timeout"],
      "keys that one node is behind with": [count(config.maxDirtyKeys), "maxDirtyKeys"],
      "writes that wait for one node": [count(config.maxQueuedWrites), "maxQueuedWrites"],
      "what these cost": [bytes(config.maxQueuedBytes), "maxQueuedBytes"],
      'attempts at a read, with `failover: "retry"`': [
        count(config.retry.attempts),
        "retry.attempts",
      ],
      "points on the ring": [count(RING_POINTS_MAX), "fixed"],
      "keys on their way between nodes at a time": [
        count(constant("distributed/cluster.ts", "KEYS_IN_FLIGHT_MAX")),
        "fixed",
      ],
      "keys of which it is remembered, one by one, that a node that came back has them": [
        count(constant("distributed/staleness.ts", "KEYS_MAX")),
        "fixed",
      ],
      "the pause before a node is told again what it could not be told": [
        seconds(constant("distributed/recovery.ts", "RETRY_MS_MAX")),
        "fixed",
      ],
      "how many times more rarely a node that stays away is probed": [
        count(constant("distributed/health-monitor.ts", "BACK_OFF_MAX")),
        "fixed",
      ],
      "failures of a node in one listing": [
        count(constant("distributed/whole-cache.ts", "LISTING_FAILURES_MAX")),
        "fixed",
      ],
      "passes over all nodes in one change of nodes": [
        count(constant("distributed/rebalancer.ts", "PASSES_MAX")),
        "fixed",
      ],
    });
  });

  test("of the server", () => {
    const { normal } = PARAMETERS_IN_FORCE["client-output-buffer-limit"].initial;
    expect(normal).toEqual({ hardBytes: 0, softBytes: 0, softSeconds: 0 });
    expect(server.ARGUMENTS_MAX).toBe(2 ** 31 - 1);
    expect(constant("server/slowlog.ts", "ARGUMENTS_MAX")).toBe(32);
    expect(constant("server/slowlog.ts", "ARGUMENT_BYTES_MAX")).toBe(128);
    expect(sourceOf("server/client-memory.ts")).toContain("HEAP_PART = 1 / 4;");
    expectTable("Of the server", {
      clients: [count(initially("maxclients")), "maxclients"],
      "silence of a client": [`${initially("timeout")} s`, "timeout"],
      "dead peers": [`${initially("tcp-keepalive")} s`, "tcp-keepalive"],
      "connections that nobody has accepted yet": [count(initially("tcp-backlog")), "tcp-backlog"],
      "an argument": [bytes(initially("proto-max-bulk-len")), "proto-max-bulk-len"],
      "a value": [LONGEST_TEXT, "fixed"],
      "arguments of a command": ["2^31 − 1", "fixed"],
      "a line: an inline command, or the head of an argument": [
        bytes(server.INLINE_BYTES_MAX),
        "fixed",
      ],
      "before `AUTH`: arguments of a command": [
        count(constant("protocol/request-decoder.ts", "UNAUTHENTICATED_ARGUMENTS_MAX")),
        "fixed",
      ],
      "before `AUTH`: an argument": [
        bytes(constant("protocol/request-decoder.ts", "UNAUTHENTICATED_BULK_BYTES_MAX")),
        "fixed",
      ],
      "a command that has not come whole": [
        bytes(initially("client-query-buffer-limit")),
        "client-query-buffer-limit",
      ],
      "what a client sends while it is held back": [bytes(server.HELD_BYTES_MAX), "fixed"],
      "replies that a client leaves unread": [
        bytes(normal.hardBytes),
        "client-output-buffer-limit",
      ],
      "the same, without such a limit": [bytes(server.UNREAD_BYTES_MAX), "fixed"],
      "the same, of all clients together": [bytes(server.UNREAD_BYTES_TOTAL_MAX), "fixed"],
      "the same, however it came to be": [bytes(server.UNREAD_BYTES_HARD_MAX), "fixed"],
      "a reply": [bytes(constant("protocol/reply-writer.ts", "BYTES_MAX")), "fixed"],
      "random members with repeats (`ZRANDMEMBER`)": [
        bytes(constant("commands/random-member.ts", "REPEATS_BYTES_MAX")),
        "fixed",
      ],
      "what is remembered for all clients: queued commands, keys watched (`WATCH`) or waited for (`BZPOPMIN` and the like), names":
        ["a quarter of V8's heap", "fixed"],
      "addresses to listen on": [
        count(constant("server/parameters-in-force.ts", "BIND_ADDRESSES_MAX")),
        "fixed",
      ],
      "one client's turn": [
        `${server.COMMANDS_PER_LOOK} commands or ${server.TURN_MS_MAX} ms, whichever is later`,
        "fixed",
      ],
      "a TLS handshake": [seconds(constant("server/listeners.ts", "HANDSHAKE_MS_MAX")), "fixed"],
      "last replies when it ends": [seconds(constant("server/server.ts", "CLOSE_MS_MAX")), "fixed"],
      data: [bytes(initially("maxmemory")), "maxmemory"],
      databases: [count(initially("databases")), "databases"],
      "slow log": [count(initially("slowlog-max-len")), "slowlog-max-len"],
      "latency samples of an event, one a second": [
        count(constant("server/latency-monitor.ts", "SAMPLES_MAX")),
        "fixed",
      ],
      "kinds of errors that `INFO errorstats` counts": [
        count(constant("server/error-stats.ts", "KINDS_MAX")),
        "fixed",
      ],
    });
  });

  test("of files", () => {
    const { initial: growth } = PARAMETERS_IN_FORCE["auto-aof-rewrite-percentage"];
    const { initial: bytesMin } = PARAMETERS_IN_FORCE["auto-aof-rewrite-min-size"];
    expect(bytesMin).toBe(constant("persistence/files-options.ts", "REWRITE_BYTES_MIN"));
    expectTable("Of files", {
      "processes that use a directory": ["1", "fixed"],
      "how long a lock of another host or container holds after its last sign": [
        seconds(constant("persistence/lock-file.ts", "SILENCE_MS_MAX")),
        "fixed",
      ],
      "recorded but not written, while the disk fails": [
        bytes(constant("persistence/journal.ts", "PENDING_BYTES_MAX")),
        "fixed",
      ],
      "replies held back under `always`": [bytes(server.HELD_REPLY_BYTES_MAX), "fixed"],
      "written at once": [bytes(constant("persistence/journal.ts", "COMMIT_BYTES")), "fixed"],
      "between two syncs with `everysec`": [
        seconds(constant("persistence/journal.ts", "SYNC_INTERVAL_MS")),
        "fixed",
      ],
      "growth of the journal before it is rewritten": [
        `${growth} %`,
        "auto-aof-rewrite-percentage rewrite.growthPercent",
      ],
      "size of the journal before it is rewritten": [
        bytes(bytesMin),
        "auto-aof-rewrite-min-size rewrite.minBytes",
      ],
      "the pause after a rewrite of the journal that failed": [
        seconds(constant("persistence/journal-keeper.ts", "RETRY_MS_MAX")),
        "fixed",
      ],
      types: ["2", "fixed"],
    });
  });

  test("of a cache over Redis or Valkey", () => {
    const config = resolveRedisOptions({ replicas: 1 });
    const redirections = constant("redis/ioredis-cluster-connector.ts", "REDIRECTIONS_MAX_DEFAULT");
    expect(constant("redis/node-redis-cluster-connector.ts", "REDIRECTIONS_MAX_DEFAULT")).toBe(
      redirections,
    );
    expectTable("Of a cache over Redis or Valkey", {
      "a call": [seconds(config.timeoutMs), "timeout"],
      "waiting for replicas": [seconds(config.confirmation?.timeoutMs ?? NaN), "replicaTimeout"],
      "the pause before the next attempt to connect": [
        seconds(constant("redis/reconnection.ts", "BACKOFF_MS_MAX")),
        "fixed",
      ],
      "connections for `WATCH`, beside the shared one": [
        count(constant("redis/exclusive-links.ts", "EXCLUSIVE_LINKS_MAX")),
        "fixed",
      ],
      "attempts at what others keep changing": [
        count(constant("redis/transaction.ts", "ATTEMPTS_MAX")),
        "fixed",
      ],
      "keys or members of one command": [count(COMMAND_KEYS_MAX), "fixed"],
      "attempts to learn which server it is, while the connection is lost again and again": [
        count(constant("redis/fenced-calls.ts", "ATTEMPTS_MAX")),
        "fixed",
      ],
      "redirections of one call, in a Cluster": [count(redirections), "fixed"],
      "calls under way when it is closed": [
        seconds(constant("redis/calls.ts", "CLOSE_MS_MAX")),
        "fixed",
      ],
    });
  });
});
