import { expect, test } from "vitest";
import { CommandTable } from "../../commands/command-table.ts";
import { COMMANDS } from "../../commands/table.ts";
import { ServerConfig } from "../config/server-config.ts";
import { CallRecorder } from "./call-recorder.ts";
import { LatencyMonitor } from "./latency-monitor.ts";
import { ServerStats } from "./server-stats.ts";
import { Slowlog } from "./slowlog.ts";

const client = { address: "127.0.0.1:1", name: "me" };

function newRecorder(): {
  call: (ms: number, ...argv: string[]) => void;
  config: ServerConfig;
  latency: LatencyMonitor;
  slowlog: Slowlog;
} {
  const table = new CommandTable(COMMANDS);
  const [slowlog, latency] = [new Slowlog(() => 0), new LatencyMonitor(() => 0)];
  const recorder = new CallRecorder(new ServerStats(table), slowlog, latency, () => {});
  const config = new ServerConfig();
  recorder.follow(config);
  const call = (ms: number, ...argv: string[]): void => {
    const found = table.entry(argv[0] ?? "");
    const entry = found?.subcommands?.get(argv[1] ?? "") ?? found;
    if (entry === undefined) throw new Error(`no command ${argv[0]}`);
    recorder.called(entry, argv, client, ms, false);
  };
  return { call, config, latency, slowlog };
}

test("a command is slow from the threshold on, which CONFIG SET moves, and -1 turns off", () => {
  const { call, config, slowlog } = newRecorder();
  call(9.9, "get", "a");
  call(10, "get", "b");
  expect(slowlog.newest(9).map(({ argv }) => argv[1])).toEqual(["b"]);
  config.set([["slowlog-log-slower-than", "0"]], true);
  call(0, "get", "c");
  expect(slowlog.length).toBe(2);
  config.set([["slowlog-log-slower-than", "-1"]], true);
  call(1e6, "get", "d");
  expect(slowlog.length).toBe(2);
});

test("passwords do not stand in the slow log", () => {
  const { call, config, slowlog } = newRecorder();
  config.set([["slowlog-log-slower-than", "0"]], true);
  call(1, "auth", "default", "hush");
  call(1, "hello", "3", "auth", "default", "hush", "setname", "x");
  call(1, "config", "set", "maxclients", "9", "requirepass", "hush", "masterauth", "hush");
  expect(slowlog.newest(9).map(({ argv }) => argv)).toEqual([
    ["config", "set", "maxclients", "9", "requirepass", "(redacted)", "masterauth", "(redacted)"],
    ["hello", "3", "auth", "(redacted)", "(redacted)", "setname", "x"],
    ["auth", "(redacted)", "(redacted)"],
  ]);
});

test("spikes are told apart by whether the command should be fast", () => {
  const { call, config, latency } = newRecorder();
  config.set([["latency-monitor-threshold", "20"]], true);
  call(19, "get", "a");
  call(20, "get", "a");
  call(30, "keys", "*");
  expect(latency.events().map(({ name, maxMs }) => [name, maxMs])).toEqual([
    ["fast-command", 20],
    ["command", 30],
  ]);
});
