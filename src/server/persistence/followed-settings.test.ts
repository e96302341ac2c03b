import { expect, it } from "vitest";
import { optionSettings } from "../config/options.ts";
import { ServerConfig } from "../config/server-config.ts";
import { followedSettings } from "./followed-settings.ts";

/** Each parameter that can be changed, with a value that is not its first one, and what it sets. */
const CHANGES = [
  ["save", "60 5", "savePoints", [{ seconds: 60, changes: 5 }]],
  ["dbfilename", "other.rdb", "snapshotName", "other.rdb"],
  ["rdbcompression", "no", "compress", false],
  ["stop-writes-on-bgsave-error", "no", "stopsWritesOnSnapshotError", false],
  ["appendfsync", "always", "fsync", "always"],
  ["auto-aof-rewrite-percentage", "7", "rewritePercentage", 7],
  ["auto-aof-rewrite-min-size", "1kb", "rewriteMinBytes", 1024],
  ["aof-load-truncated", "no", "loadTruncated", false],
  ["zset-max-listpack-entries", "9", "zsetListpackEntries", 9],
  ["zset-max-listpack-value", "11", "zsetListpackValueBytes", 11],
] as const;

function newConfig(options: Record<string, unknown>): ServerConfig {
  return new ServerConfig(optionSettings({ enableProtectedConfigs: "yes", ...options }));
}

it.each(CHANGES)("%s %s sets %s, at the start and later", (name, text, setting, value) => {
  const option = name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  expect(followedSettings(newConfig({ [option]: text }))[setting]).toEqual(value);
  const config = newConfig({});
  const settings = followedSettings(config);
  expect(settings[setting]).not.toEqual(value);
  config.set([[name, text]], true);
  expect(settings[setting]).toEqual(value);
});

it("what cannot change is as the configuration says at the start", () => {
  const config = newConfig({
    dir: "/somewhere",
    appendonly: true,
    appenddirname: "journal",
    appendfilename: "log",
    rdbchecksum: false,
  });
  expect(followedSettings(config)).toMatchObject({
    dir: "/somewhere",
    journal: true,
    journalDirectory: "journal",
    journalName: "log",
    checksum: false,
  });
});

it("every setting but these is one that a change can set", () => {
  const settings = followedSettings(newConfig({}));
  const atStartOnly = ["dir", "journal", "journalDirectory", "journalName", "checksum"];
  const constant = ["syncAtOnceMs", "stopsWritesOnJournalError"];
  const changed = CHANGES.map(([, , setting]) => setting);
  expect(Object.keys(settings).toSorted()).toEqual(
    [...atStartOnly, ...constant, ...changed].toSorted(),
  );
});

it("directory and journal stay as they were: whoever changes them has more to do", () => {
  const config = newConfig({});
  const settings = followedSettings(config);
  const { dir } = settings;
  config.set(
    [
      ["dir", "/somewhere"],
      ["appendonly", "yes"],
      ["dbfilename", "other.rdb"],
    ],
    true,
  );
  expect(settings).toMatchObject({ dir, journal: false, snapshotName: "other.rdb" });
});
