import { describe, expect, test } from "vitest";
import { CacheError } from "../../errors.ts";
import { parseCommandLine } from "./command-line.ts";
import { parseConfigFile } from "./config-file.ts";
import { environmentSettings } from "./environment.ts";
import { optionSettings } from "./options.ts";
import { ServerConfig } from "./server-config.ts";

const fromFlags = (...args: string[]): ServerConfig =>
  new ServerConfig(parseCommandLine(args).settings);

const refusal = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof CacheError) expect(error.code).toBe("INVALID_CONFIG");
    return (error as Error).message;
  }
  throw new Error("it was not refused");
};

describe("the sources of the configuration", () => {
  test("flags take Redis' names, units, several words and a value behind an equals sign", () => {
    const args =
      "--port 7380 --maxmemory 256mb --bind 127.0.0.1 -::1 --maxmemory-policy=allkeys-lru " +
      "--slowlog-log-slower-than -1 --save";
    const config = fromFlags(...args.split(" "), "");
    expect(config.get("port")).toBe(7380);
    expect(config.get("maxmemory")).toBe(256 * 1024 * 1024);
    expect(config.get("bind")).toEqual(["127.0.0.1", "-::1"]);
    expect(config.get("maxmemory-policy")).toBe("allkeys-lru");
    expect(config.get("slowlog-log-slower-than")).toBe(-1);
    expect(config.get("save")).toEqual([]);
  });

  test("the first argument that is no flag is the file", () => {
    expect(parseCommandLine(["laurel.conf", "--port", "1"]).configFile).toBe("laurel.conf");
    expect(parseCommandLine(["--port", "1"]).configFile).toBeUndefined();
  });

  test("a file holds names, quoted values and comments", () => {
    const text = '# a comment\n\nport 7000\r\nrequirepass "with \\"quotes\\" \\x41"\ntimeout 5\n';
    const config = new ServerConfig(parseConfigFile(text, "laurel.conf"));
    expect(config.get("port")).toBe(7000);
    expect(config.get("requirepass")).toBe('with "quotes" A');
    expect(config.get("timeout")).toBe(5);
  });

  test("the environment names parameters in capitals, and is left alone where it means others", () => {
    const settings = environmentSettings({
      LAUREL_MAXMEMORY_POLICY: "allkeys-lfu",
      LAUREL_REQUIRE_SERVERS: "1",
      HOME: "/root",
    });
    expect(settings.map(({ name }) => name)).toEqual(["maxmemory-policy"]);
    expect(new ServerConfig(settings).get("maxmemory-policy")).toBe("allkeys-lfu");
  });

  test("options of a program take the names in camel case", () => {
    const config = new ServerConfig(
      optionSettings({
        maxmemoryPolicy: "allkeys-lru",
        port: 0,
        protectedMode: false,
        bind: ["::1"],
      }),
    );
    expect(config.get("maxmemory-policy")).toBe("allkeys-lru");
    expect(config.get("port")).toBe(0);
    expect(config.get("protected-mode")).toBe(false);
    expect(config.get("bind")).toEqual(["::1"]);
  });

  test("of two settings the later one counts", () => {
    expect(fromFlags("--port", "1", "--port", "2").get("port")).toBe(2);
  });

  test("old spellings go on being understood", () => {
    expect(fromFlags("--zset-max-ziplist-entries", "7").get("zset-max-listpack-entries")).toBe(7);
  });

  test("lines with save add up", () => {
    const lines = "save 900 1\nsave 300 10\n";
    expect(parseConfigFile(lines, "f").map(({ words }) => words)).toEqual([
      ["900", "1", "300", "10"],
    ]);
  });

  test("a value beyond ASCII is the bytes of its UTF-8", () => {
    expect(fromFlags("--requirepass", "é").get("requirepass")).toBe("\u00c3\u00a9");
  });
});

describe("what is refused", () => {
  test.each([
    [["--maxmemroy", "1"], "--maxmemroy: there is no such parameter, did you mean --maxmemory?"],
    [["--xyzzy", "1"], "--xyzzy: there is no such parameter"],
    [["--port"], "--port: its value is missing"],
    [["--port", "1", "2"], "--port: it takes one value: received 2"],
    [["--port", "70000"], "--port: argument must be between 0 and 65535 inclusive: received 70000"],
    [["--port", "x"], "--port: argument couldn't be parsed into an integer: received x"],
    [["--maxmemory", "1x"], "--maxmemory: argument must be a memory value: received 1x"],
    [
      ["--appendfilename", "a/b"],
      "--appendfilename: appendfilename can't be a path, just a filename: received a/b",
    ],
    [
      ["--appenddirname", ".."],
      "--appenddirname: appenddirname can't be a path, just a dirname: received ..",
    ],
    [["--dbfilename", ""], "--dbfilename: dbfilename can't be empty: received "],
    [
      ["--aof-use-rdb-preamble", "no"],
      "--aof-use-rdb-preamble: the base of a journal is always a snapshot: received no",
    ],
    [
      ["--cluster-enabled", "yes"],
      "--cluster-enabled: this server is no node of a cluster: received yes",
    ],
    [["f", "g"], "g: a flag begins with --"],
  ])("%j", (args, message) => {
    expect(refusal(() => fromFlags(...args))).toBe(`Cannot configure the server: ${message}`);
  });

  test("a policy that there is none of, naming those that there are", () => {
    const message = refusal(() => fromFlags("--maxmemory-policy", "volatile-ttl"));
    expect(message).toContain("noeviction, allkeys-lru, allkeys-lfu, allkeys-s3-fifo");
  });

  test("a line of a file, with its number", () => {
    expect(refusal(() => parseConfigFile("port 1\nprot 2\n", "f.conf"))).toBe(
      "Cannot configure the server: f.conf:2: prot: there is no such parameter, did you mean port?",
    );
    expect(refusal(() => parseConfigFile('requirepass "x\n', "f"))).toContain("not balanced");
  });

  test("a variable of the environment that is nearly a known one", () => {
    expect(refusal(() => environmentSettings({ LAUREL_MAXMEMROY: "1" }))).toContain(
      "did you mean LAUREL_MAXMEMORY?",
    );
  });

  test("an option of a program that there is none of, or of another kind", () => {
    expect(refusal(() => optionSettings({ maxClients: 1 }))).toContain("did you mean maxclients?");
    expect(refusal(() => optionSettings({ port: {} }))).toContain("received an object");
  });

  test.each([
    ["host", "bind"],
    ["hostname", "bind"],
    ["address", "bind"],
    ["password", "requirepass"],
    ["path", "unixsocket"],
    ["socketPath", "unixsocket"],
    ["maxMemory", "maxmemory"],
    ["eviction", "maxmemoryPolicy"],
  ])("an option that has another name here: %s is %s", (option, meant) => {
    const hint = `${option}: there is no such parameter, did you mean ${meant}?`;
    expect(refusal(() => optionSettings({ [option]: "x" }))).toContain(hint);
  });

  test("a flag and a line of a file that have another name here", () => {
    expect(refusal(() => fromFlags("--host", "0.0.0.0"))).toContain("did you mean --bind?");
    expect(refusal(() => fromFlags("--Password", "x"))).toContain("did you mean --requirepass?");
    expect(refusal(() => parseConfigFile("host 0.0.0.0\n", "f"))).toContain("did you mean bind?");
  });

  test("a secret is not repeated", () => {
    const settings = [{ name: "requirepass", words: ["a", "hush"], source: "f:1" }];
    expect(refusal(() => new ServerConfig(settings))).not.toContain("hush");
  });
});

describe("CONFIG GET and SET", () => {
  test("names are found by globs, old spellings under their own name, hidden ones only exactly", () => {
    const config = new ServerConfig();
    expect(config.match(["zset-max-*-entries"])).toEqual([
      ["zset-max-listpack-entries", "128"],
      ["zset-max-ziplist-entries", "128"],
    ]);
    expect(config.match(["maxmemory", "max*ory", "nothing"])).toEqual([["maxmemory", "0"]]);
    expect(config.match(["watchdog*"])).toEqual([]);
    expect(config.match(["watchdog-period"])).toEqual([["watchdog-period", "0"]]);
  });

  test("values are told in Redis' spelling", () => {
    const config = fromFlags(
      "--maxmemory",
      "1gb",
      "--protected-mode",
      "NO",
      "--unixsocketperm",
      "700",
    );
    expect(config.spelling("maxmemory")).toBe("1073741824");
    expect(config.spelling("protected-mode")).toBe("no");
    expect(config.spelling("unixsocketperm")).toBe("700");
    expect(config.spelling("client-output-buffer-limit")).toBe(
      "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60",
    );
    expect(config.spelling("latency-tracking-info-percentiles")).toBe("50 99 99.9");
  });

  test("all changes come, or none", () => {
    const config = new ServerConfig();
    const change = (): void =>
      config.set(
        [
          ["maxclients", "5"],
          ["timeout", "x"],
        ],
        true,
      );
    expect(change).toThrow(
      "ERR CONFIG SET failed (possibly related to argument 'timeout') - argument couldn't be parsed into an integer",
    );
    expect(config.get("maxclients")).toBe(10_000);
    config.set(
      [
        ["maxclients", "5"],
        ["timeout", "6"],
      ],
      true,
    );
    expect([config.get("maxclients"), config.get("timeout")]).toEqual([5, 6]);
  });

  test.each([
    [[["nothing", "1"]], "ERR Unknown option or number of arguments for CONFIG SET - 'nothing'"],
    [
      [["port", "1"]],
      "ERR CONFIG SET failed (possibly related to argument 'port') - can't set immutable config",
    ],
    [
      [["dir", "/"]],
      "ERR CONFIG SET failed (possibly related to argument 'dir') - can't set protected config",
    ],
    [
      [
        ["timeout", "1"],
        ["timeout", "2"],
      ],
      "ERR CONFIG SET failed (possibly related to argument 'timeout') - duplicate parameter",
    ],
    [
      [["slave-read-only", "1"]],
      "ERR CONFIG SET failed (possibly related to argument 'slave-read-only') - argument must be 'yes' or 'no'",
    ],
  ] as [[string, string][], string][])("%j is refused in Redis' words", (changes, message) => {
    expect(() => new ServerConfig().set(changes, true)).toThrow(message);
  });

  test("limits of one class of clients change, the others stay", () => {
    const config = new ServerConfig();
    config.set([["client-output-buffer-limit", "normal 1mb 2k 3"]], true);
    expect(config.get("client-output-buffer-limit").normal).toEqual({
      hardBytes: 1_048_576,
      softBytes: 2000,
      softSeconds: 3,
    });
    expect(config.get("client-output-buffer-limit").pubsub.softSeconds).toBe(60);
  });

  test("what lacks something is refused, or where clients count on it noted", () => {
    const warnings: string[] = [];
    const config = new ServerConfig([], (line) => warnings.push(line));
    expect(() => config.set([["notify-keyspace-events", "KEA"]], true)).toThrow("no Pub/Sub");
    config.set([["aof-use-rdb-preamble", "no"]], true);
    expect(warnings).toEqual([
      "CONFIG SET aof-use-rdb-preamble changes nothing: the base of a journal is always a snapshot",
    ]);
  });

  test("whoever watches is told at first and of each change, and can refuse it", () => {
    const config = new ServerConfig();
    const seen: number[] = [];
    config.watch("maxclients", (count) => {
      if (count > 100 && seen.length > 0) throw new Error("too many for this machine");
      seen.push(count);
    });
    config.set([["maxclients", "7"]], true);
    expect(() =>
      config.set(
        [
          ["timeout", "3"],
          ["maxclients", "101"],
        ],
        true,
      ),
    ).toThrow(
      "ERR CONFIG SET failed (possibly related to argument 'maxclients') - too many for this machine",
    );
    expect(seen).toEqual([10_000, 7, 7]);
    expect(config.get("timeout")).toBe(0);
  });
});
