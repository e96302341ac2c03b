import { describe, expect, test } from "vitest";
import { parseCommandLine } from "./command-line.ts";
import { parseConfigFile } from "./config-file.ts";

const LINES = [
  "include /etc/redis/common.conf",
  'rename-command FLUSHALL ""',
  "user ada on >secret ~* +@all",
  "loadmodule /usr/lib/search.so",
  "sentinel monitor main 127.0.0.1 6379 2",
];

describe("a directive of redis.conf that is no parameter", () => {
  test.each(LINES)("is refused by its name: %s", (line) => {
    const name = line.split(" ")[0] ?? "";
    const start = `Cannot configure the server: redis.conf:2: ${name} is not supported: `;
    expect(() => parseConfigFile(`port 0\n${line}\n`, "redis.conf")).toThrow(start);
  });

  test("is so in capitals and as a flag, too", () => {
    expect(() => parseConfigFile("INCLUDE other.conf", "f")).toThrow(
      "f:1: include is not supported: the configuration is one file",
    );
    expect(() => parseCommandLine(["--rename-command", "GET", "FETCH"])).toThrow(
      "--rename-command: rename-command is not supported: every command keeps its name",
    );
  });
});
