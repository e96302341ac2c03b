import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { oneCommand } from "./one-command.ts";
import { startCluster } from "./server-cluster.ts";
import { hasServer, type ServerKind, type ServerProcess, startServer } from "./server-process.ts";
import { startSentinels } from "./server-sentinels.ts";
import { until } from "./until.ts";

const kinds: readonly ServerKind[] = ["redis", "valkey"];
const isThere = Object.fromEntries(kinds.map((kind) => [kind, hasServer(kind)]));

describe.each(kinds)("a server of %s", (kind) => {
  const test = isThere[kind] === true ? it : it.skip;
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startServer(kind);
  });
  afterAll(async () => server[Symbol.asyncDispose]());

  test("is the server that was asked for", async () => {
    expect((await server.info("server")).has(`${kind}_version`)).toBe(true);
    expect((await server.info("server")).get("process_id")).toBe(String(server.pid));
  });

  test("starts anew on the same port, empty, as another incarnation", async () => {
    const before = await server.info("server");
    await server.ask("SET", "key", "value");
    await server.restart();
    const after = await server.info("server");
    expect(after.get("tcp_port")).toBe(before.get("tcp_port"));
    expect(after.get("run_id")).not.toBe(before.get("run_id"));
    expect(await server.ask("DBSIZE")).toBe("0");
  });

  test("finds its files again after a restart when it was told to write some", async () => {
    await using durable = await startServer(kind, { options: ["--appendonly", "yes"] });
    await durable.ask("SET", "key", "value");
    await durable.restart();
    expect(await durable.ask("GET", "key")).toBe("value");
  });

  test("keeps its connections open while it is halted, and answers them afterwards", async () => {
    const socket = connect(server.port, "127.0.0.1");
    let received = "";
    let isClosed = false;
    socket.on("data", (chunk) => (received += chunk.toString()));
    socket.on("close", () => (isClosed = true));
    socket.write("PING\r\n");
    await until("it answers", async () => received === "+PONG\r\n");
    server.stop();
    socket.write("PING\r\n");
    await expect(oneCommand(server.port, "PING")).rejects.toThrow("no reply");
    expect(received).toBe("+PONG\r\n");
    expect(isClosed).toBe(false);
    server.resume();
    await until("it answers again", async () => received === "+PONG\r\n+PONG\r\n");
    socket.destroy();
  });

  test("tells what it wrote when it cannot start", async () => {
    await expect(startServer(kind, { port: server.port })).rejects.toThrow(/bind|in use/);
    await expect(startServer(kind, { options: ["--no-such-option", "1"] })).rejects.toThrow(
      "no-such-option",
    );
  });

  test("is no more once it is disposed of", async () => {
    const brief = await startServer(kind);
    expect(isAlive(brief.pid)).toBe(true);
    await brief[Symbol.asyncDispose]();
    expect(isAlive(brief.pid)).toBe(false);
  });
});

/** Most of the time these wait for the servers to agree: they may do so together. */
describe.concurrent.each(kinds)("several servers of %s", (kind) => {
  const test = isThere[kind] === true ? it : it.skip;

  test("form a cluster, in which replicas stand in for masters that are killed or halted", async () => {
    await using cluster = await startCluster(kind);
    const masters = await cluster.masters();
    expect(masters).toEqual(cluster.nodes.slice(0, 3));

    const owner = await cluster.masterOf("key");
    expect(await owner.ask("SET", "key", "value")).toBe("OK");
    expect(await owner.ask("WAIT", "1", "1000")).toBe("1");
    for (const other of masters.filter((master) => master !== owner)) {
      await expect(other.ask("GET", "key")).rejects.toThrow(`MOVED 12539 127.0.0.1:${owner.port}`);
    }

    const index = masters.indexOf(owner);
    expect(await cluster.killMaster(index)).toBe(owner);
    await cluster.settled();
    const successor = await cluster.masterOf("key");
    expect(successor).toBe(cluster.nodes[3 + index]);
    expect(await successor.ask("GET", "key")).toBe("value");

    await owner.restart();
    await cluster.settled();
    expect((await owner.info("replication")).get("role")).toBe("slave");
    expect(await cluster.masterOf("key")).toBe(successor);

    successor.stop();
    await cluster.settled();
    expect(await cluster.masterOf("key")).toBe(owner);
    successor.resume();
    await cluster.settled();
    expect(await successor.ask("GET", "key").catch(String)).toContain("MOVED");
  });

  test("are watched by sentinels, which choose a replica when the master dies", async () => {
    await using watched = await startSentinels(kind);
    const [first, second] = watched.servers as [ServerProcess, ServerProcess];
    expect(await watched.master()).toBe(first);
    expect(watched.sentinels).toHaveLength(3);

    await first.ask("SET", "key", "value");
    expect(await first.ask("WAIT", "1", "1000")).toBe("1");
    await first.kill();
    await watched.settled();
    expect(await watched.master()).toBe(second);
    expect(await second.ask("GET", "key")).toBe("value");
  });
});

/** Starts a server, tells its process id, and never ends by itself. */
const FORGETFUL = `
  const { startServer } = await import(process.argv[1]);
  console.log((await startServer(process.argv[2])).pid);
  setInterval(() => {}, 1000);
`;

const kind = kinds.find((kind) => isThere[kind] === true);
describe.runIf(process.platform === "linux" && kind !== undefined)("a test that is killed", () => {
  it("leaves no server behind", async () => {
    const url = new URL("server-process.ts", import.meta.url).href;
    const node = ["--import", "tsx", "--input-type=module", "-e", FORGETFUL, url, kind as string];
    const directory = await mkdtemp(join(tmpdir(), "laurel-killed-"));
    const parent = spawn(process.execPath, node, {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, TMPDIR: directory },
    });
    const said = await Promise.race([once(parent.stdout, "data"), once(parent, "exit")]);
    const pid = Number(String(said[0]));
    expect(isAlive(pid)).toBe(true);
    parent.kill("SIGKILL");
    await until("the server is gone", async () => !isAlive(pid));
    await rm(directory, { recursive: true });
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
