import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { isInstalled } from "../support/redis-server.ts";
import { serverInTest } from "./server-in-test.ts";

const hasTools = isInstalled("redis-cli");
if (!hasTools) {
  console.warn("Skipped: redis-cli is not installed (Debian: apt-get install redis-tools).");
}

interface Outcome {
  readonly status: number;
  readonly output: string;
}

/** Runs a program to its end, with this input. */
async function run(program: string, args: readonly string[], input = ""): Promise<Outcome> {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
  const ended = once(child, "close") as Promise<[status: number]>;
  child.stdin.end(input, "latin1");
  const [output, errors, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    ended,
  ]);
  return { status, output: output + errors };
}

function cli(port: number, ...args: readonly string[]): Promise<Outcome> {
  return run("redis-cli", ["-p", String(port), ...args]);
}

async function lines(outcome: Promise<Outcome>): Promise<string[]> {
  return (await outcome).output.trimEnd().split("\n");
}

/** A command as clients send it. */
function encoded(...argv: readonly string[]): string {
  return `*${argv.length}\r\n${argv.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join("")}`;
}

describe.skipIf(!hasTools)("redis-cli", () => {
  test("one command, its reply as it is or made readable", async () => {
    const { port } = await serverInTest();
    expect(await lines(cli(port, "SET", "k", 'v"1'))).toEqual(["OK"]);
    expect(await lines(cli(port, "GET", "k"))).toEqual(['v"1']);
    expect(await lines(cli(port, "--no-raw", "GET", "k"))).toEqual(['"v\\"1"']);
    expect(await lines(cli(port, "--no-raw", "GET", "none"))).toEqual(["(nil)"]);
    expect(await lines(cli(port, "--no-raw", "INCRBY", "n", "7"))).toEqual(["(integer) 7"]);
    expect((await lines(cli(port, "--no-raw", "INCR", "k")))[0]).toBe(
      "(error) ERR value is not an integer or out of range",
    );
    expect((await cli(port, "-e", "INCR", "k")).status).toBe(1);
  });

  test("RESP3 and JSON", async () => {
    const { port } = await serverInTest();
    await cli(port, "ZADD", "z", "1.5", "a", "inf", "b");
    expect(
      await lines(cli(port, "-3", "--no-raw", "ZRANGE", "z", "0", "-1", "WITHSCORES")),
    ).toEqual(['1) 1) "a"', "   2) (double) 1.5", '2) 1) "b"', "   2) (double) inf"]);
    expect(await lines(cli(port, "-3", "--no-raw", "CONFIG", "GET", "databases"))).toEqual([
      '1# "databases" => "16"',
    ]);
    const { output } = await cli(port, "--json", "CONFIG", "GET", "databases");
    expect(JSON.parse(output)).toEqual({ databases: "16" });
  });

  test("commands from its input, one a line", async () => {
    const { port } = await serverInTest();
    const script =
      'SET a "two words"\nAPPEND a "\\x00\\xff"\nSTRLEN a\nMULTI\nINCR n\nINCR n\nEXEC\n';
    const { output } = await run("redis-cli", ["-p", String(port), "--no-raw"], script);
    expect(output.trimEnd().split("\n")).toEqual([
      "OK",
      "(integer) 11",
      "(integer) 11",
      "OK",
      "QUEUED",
      "QUEUED",
      "1) (integer) 1",
      "2) (integer) 2",
    ]);
    expect(await lines(cli(port, "-r", "3", "INCR", "n"))).toEqual(["3", "4", "5"]);
  });

  test("--pipe inserts ten thousand keys", async () => {
    const { port } = await serverInTest();
    const commands = Array.from({ length: 10_000 }, (_, i) => encoded("SET", `key:${i}`, `v${i}`));
    const inserted = await run("redis-cli", ["-p", String(port), "--pipe"], commands.join(""));
    expect(inserted.output).toContain("errors: 0, replies: 10000");
    expect(inserted.status).toBe(0);
    expect(await lines(cli(port, "DBSIZE"))).toEqual(["10000"]);
    expect(await lines(cli(port, "GET", "key:9999"))).toEqual(["v9999"]);
  });

  test("--pipe counts the errors among the replies", async () => {
    const { port } = await serverInTest();
    const commands = [encoded("SET", "a", "v"), encoded("INCR", "a"), encoded("NOSUCH")];
    const inserted = await run("redis-cli", ["-p", String(port), "--pipe"], commands.join(""));
    expect(inserted.output).toContain("errors: 2, replies: 3");
    expect(inserted.status).toBe(1);
  });

  test("--scan lists the keys of a pattern", async () => {
    const { port } = await serverInTest();
    const entries = Array.from({ length: 100 }, (_, i) => [`key:${i}`, "v"]).flat();
    await cli(port, "MSET", ...entries);
    expect(await lines(cli(port, "--scan"))).toHaveLength(100);
    const some = await lines(cli(port, "--scan", "--pattern", "key:1?"));
    expect(some.sort()).toEqual(Array.from({ length: 10 }, (_, i) => `key:1${i}`));
  });

  test("--bigkeys, --memkeys and --hotkeys find the largest and the most used", async () => {
    const { port } = await serverInTest({ maxmemory: "100mb", maxmemoryPolicy: "allkeys-lfu" });
    await cli(port, "SET", "small", "v");
    await cli(port, "SET", "large", "v".repeat(5000));
    await cli(port, "ZADD", "board", "1", "a", "2", "b");
    const big = (await cli(port, "--bigkeys")).output;
    expect(big).toMatch(/Biggest string found .*"large".* has 5000 bytes/);
    expect(big).toMatch(/Biggest +zset found .*"board".* has 2 members/);
    const heavy = await cli(port, "--memkeys");
    expect(heavy.output).toMatch(/Biggest string found .*"large".* has \d{4} bytes/);
    await cli(port, "-r", "50", "GET", "small");
    expect((await cli(port, "--hotkeys")).output).toMatch(/keyname: .*small/);
  });

  test("a password, a database and an address in one", async () => {
    const { port } = await serverInTest({ requirepass: "s3cret" });
    expect((await lines(cli(port, "PING")))[0]).toBe("NOAUTH Authentication required.");
    const known = ["--no-auth-warning", "-a", "s3cret"];
    expect(await lines(cli(port, ...known, "-n", "2", "SET", "k", "v"))).toEqual(["OK"]);
    const address = ["--no-auth-warning", "-u", `redis://default:s3cret@127.0.0.1:${port}/2`];
    expect(await lines(run("redis-cli", [...address, "GET", "k"]))).toEqual(["v"]);
  });

  test("DUMP and RESTORE through the shell keep a value", async () => {
    const { port } = await serverInTest();
    await cli(port, "ZADD", "z", "1", "a", "2", "b");
    const script = (await run("redis-cli", ["-p", String(port), "--no-raw", "DUMP", "z"])).output;
    const restored = `RESTORE copy 0 ${script.trimEnd()}\nZRANGE copy 0 -1\n`;
    const { output } = await run("redis-cli", ["-p", String(port)], restored);
    expect(output.trimEnd().split("\n")).toEqual(["OK", "a", "b"]);
  });
});

describe.skipIf(!isInstalled("redis-benchmark"))("redis-benchmark", () => {
  const commands = "ping_inline,ping_mbulk,set,get,incr,mset,zadd,zpopmin";

  test.each([["1"], ["4"]])("runs without an error, with %s commands at a time", async (depth) => {
    const { port } = await serverInTest();
    const load = ["-p", String(port), "-n", "1000", "-c", "20", "-r", "100", "-P", depth];
    const { status, output } = await run("redis-benchmark", [...load, "-q", "-t", commands]);
    expect(output).not.toMatch(/error|warning|could not/i);
    expect(output.match(/requests per second/g)).toHaveLength(8);
    expect(status).toBe(0);
  });

  test("speaks RESP3, and runs a command of one's own", async () => {
    const { port } = await serverInTest();
    const load = ["-p", String(port), "-n", "1000", "-q", "-3", "-r", "50"];
    const own = ["ZINCRBY", "board", "1", "m:__rand_int__"];
    const { status, output } = await run("redis-benchmark", [...load, ...own]);
    expect(output).not.toMatch(/error|warning|could not/i);
    expect(status).toBe(0);
    const [members] = await lines(cli(port, "ZCARD", "board"));
    expect(Number(members)).toBeGreaterThan(10);
  });
});
