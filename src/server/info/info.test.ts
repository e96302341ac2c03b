import { describe, expect, test } from "vitest";
import { CommandTable } from "../../commands/command-table.ts";
import { COMMANDS } from "../../commands/table.ts";
import { Databases } from "../../engine/databases.ts";
import { NO_LIMITS } from "../../engine/keyspace-config.ts";
import { Keyspace } from "../../engine/keyspace.ts";
import { readSet, zAddOne } from "../../engine/sorted-sets.ts";
import { get, set } from "../../engine/strings.ts";
import { systemFiles } from "../../persistence/file-system.ts";
import { NO_CONDITIONS } from "../../structures/add-conditions.ts";
import { seededRandom } from "../../structures/random.ts";
import { Administration } from "../administration.ts";
import { ServerConfig } from "../config/server-config.ts";
import { ServerPersistence } from "../persistence/server-persistence.ts";
import { LatencyMonitor } from "../statistics/latency-monitor.ts";
import { ServerStats } from "../statistics/server-stats.ts";
import { Slowlog } from "../statistics/slowlog.ts";

const nowMs = (): number => 1_000_000;

function newAdministration(): {
  administration: Administration;
  keyspace: Keyspace;
  stats: ServerStats;
  table: CommandTable;
} {
  const keyspace = new Keyspace({
    clock: { now: nowMs },
    random: seededRandom(1),
    eviction: "none",
    ...NO_LIMITS,
  });
  const table = new CommandTable(COMMANDS);
  const stats = new ServerStats(table);
  const administration = new Administration({
    config: new ServerConfig(),
    commands: table,
    databases: new Databases(keyspace, 16, () => {}),
    stats,
    slowlog: new Slowlog(nowMs),
    latency: new LatencyMonitor(nowMs),
    clients: { size: 3, blocked: 1 },
    traffic: { bytesIn: 10, bytesOut: 20, unreadBytes: 0 },
    persistence: ServerPersistence.ofCache(undefined, new ServerConfig(), {
      fs: systemFiles,
      log: () => {},
      nowMs,
      isInTransaction: () => false,
    }),
    configFile: "",
    nowMs,
    tcpPort: () => 7379,
    shutdown: () => {},
  });
  return { administration, keyspace, stats, table };
}

const titles = (info: string): string[] =>
  [...info.matchAll(/^# (\w+)/gm)].map(([, title]) => title ?? "");
const field = (info: string, name: string): string | undefined =>
  new RegExp(`^${name}:(.*)\r$`, "m").exec(info)?.[1];

describe("which sections INFO tells", () => {
  const defaults = [
    "Server",
    "Clients",
    "Memory",
    "Persistence",
    "Stats",
    "Replication",
    "CPU",
    "Modules",
    "Errorstats",
    "Cluster",
    "Keyspace",
  ];

  test.each([
    [[], defaults],
    [["default"], defaults],
    [
      ["cpu", "SERVER", "cpu"],
      ["Server", "CPU"],
    ],
    [
      ["commandstats", "default"],
      [...defaults.slice(0, 8), "Commandstats", ...defaults.slice(8)],
    ],
    [["sentinel"], []],
  ])("%j", (names, expected) => {
    const { administration } = newAdministration();
    expect(titles(administration.info(names))).toEqual(expected);
  });

  test("all of them by all and by everything", () => {
    const { administration } = newAdministration();
    expect(titles(administration.info(["all"]))).toHaveLength(13);
    expect(titles(administration.info(["everything"]))).toHaveLength(13);
  });
});

describe("what INFO tells", () => {
  test("who is connected, and who waits", () => {
    const info = newAdministration().administration.info([]);
    expect(field(info, "connected_clients")).toBe("3");
    expect(field(info, "blocked_clients")).toBe("1");
    expect(field(info, "tcp_port")).toBe("7379");
    expect(field(info, "redis_version")).toBe("7.0.15");
    expect(field(info, "run_id")).toMatch(/^[0-9a-f]{40}$/);
  });

  test("the databases that hold keys", () => {
    const { administration, keyspace } = newAdministration();
    expect(field(administration.info(["keyspace"]), "db0")).toBeUndefined();
    set(keyspace, "a", "1", Infinity);
    set(keyspace, "b", "1", 2_000_000);
    expect(field(administration.info(["keyspace"]), "db0")).toBe("keys=2,expires=1,avg_ttl=0");
  });

  test("how often each command was called, refused, and failed", () => {
    const { administration, stats, table } = newAdministration();
    const number = table.entry("get")?.number ?? -1;
    stats.commands.record(number, 10);
    stats.commands.record(number, 5);
    stats.commands.fail(number);
    stats.commands.reject(number);
    expect(field(administration.info(["commandstats"]), "cmdstat_get")).toBe(
      "calls=2,usec=15,usec_per_call=7.50,rejected_calls=1,failed_calls=1",
    );
    expect(field(administration.info([]), "total_commands_processed")).toBe("2");
    expect(administration.info(["latencystats"])).toContain("latency_percentiles_usec_get:p50=");
  });

  test("errors by their codes, which cannot forge a line", () => {
    const { administration, stats } = newAdministration();
    stats.errors.record("ERR no");
    stats.errors.record("A:B\n no");
    const info = administration.info(["errorstats"]);
    expect(field(info, "errorstat_ERR")).toBe("count=1");
    expect(field(info, "errorstat_A_B_")).toBe("count=1");
  });

  test("reads of sorted sets among the hits and misses", () => {
    const { administration, keyspace } = newAdministration();
    get(keyspace, "a");
    readSet(keyspace, "board");
    zAddOne(keyspace, "board", "ada", 1, NO_CONDITIONS);
    readSet(keyspace, "board");
    const info = administration.info(["stats"]);
    expect(field(info, "keyspace_hits")).toBe("1");
    expect(field(info, "keyspace_misses")).toBe("2");
  });

  test("hits since CONFIG RESETSTAT, while the keyspace goes on counting", () => {
    const { administration, keyspace } = newAdministration();
    set(keyspace, "a", "1", Infinity);
    get(keyspace, "a");
    expect(field(administration.info(["stats"]), "keyspace_hits")).toBe("1");
    administration.resetStats();
    expect(field(administration.info(["stats"]), "keyspace_hits")).toBe("0");
    expect(keyspace.stats.hits).toBe(1);
  });
});
