import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ask, folderInTest, laurel, portOf, type Program } from "./program.ts";

test("what is written is there again after a signal, and after being killed", async () => {
  const dir = await folderInTest();
  const flags = ["serve", "--port", "0", "--dir", dir, "--appendonly", "yes"];
  const first = laurel(flags);
  await first.said(/Every change is kept in .*appendonlydir\./);
  await ask(await portOf(first), "SET a 1", "QUIT");
  first.child.kill("SIGTERM");
  expect((await first.ended()).code).toBe(0);

  const second = laurel(flags);
  expect(await ask(await portOf(second), "GET a", "SET b 2", "QUIT")).toBe(
    "$1\r\n1\r\n+OK\r\n+OK\r\n",
  );
  second.child.kill("SIGKILL");
  await second.ended();

  const third = laurel(flags);
  expect(await ask(await portOf(third), "EXISTS a b", "SHUTDOWN")).toBe(":2\r\n");
  const { code, stderr } = await third.ended();
  expect(code).toBe(0);
  expect(stderr).toMatch(/notice: Loaded 2 keys from the journal in \d+\.\d+ s\./);
});

test("a signal takes the snapshot that the save points ask for", async () => {
  const dir = await folderInTest();
  const program = laurel(["serve", "--port", "0", "--dir", dir, "--save", "3600 1"]);
  await program.said(/Snapshots are kept in .*dump\.rdb\./);
  await ask(await portOf(program), "SET a 1", "QUIT");
  program.child.kill("SIGINT");
  expect((await program.ended()).code).toBe(0);
  expect(existsSync(join(dir, "dump.rdb"))).toBe(true);
});

test("damaged data is not served, and stays as it is", async () => {
  const dir = await folderInTest();
  const file = join(dir, "dump.rdb");
  writeFileSync(file, "no snapshot");
  const { code, stderr, stdout } = await laurel(["serve", "--port", "0", "--dir", dir]).ended();
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(/^laurel: Cannot .*dump\.rdb/m);
  expect(stderr).not.toContain("    at ");
  expect(readFileSync(file, "utf8")).toBe("no snapshot");
});

test("a directory that another process keeps is refused, naming the process", async () => {
  const dir = await folderInTest();
  const flags = ["serve", "--port", "0", "--dir", dir, "--appendonly", "yes"];
  const first = laurel(flags);
  await portOf(first);
  const { code, stderr } = await laurel(flags).ended();
  expect(code).toBe(1);
  expect(stderr).toContain(`process ${first.child.pid}`);
});

/** A server in whose directory's place there is a file, and which has refused a signal. */
async function refusing(): Promise<{ program: Program; port: number; dir: string }> {
  const dir = join(await folderInTest(), "data");
  const program = laurel(["serve", "--port", "0", "--dir", dir, "--appendonly", "yes"]);
  const port = await portOf(program);
  await ask(port, "SET a 1", "QUIT");
  rmSync(dir, { recursive: true });
  writeFileSync(dir, "");
  await program.logged(/warning: The file of the journal is gone/);
  program.child.kill("SIGTERM");
  await program.logged(
    /warning: SIGTERM is refused, and the server goes on: .*\. A second signal ends it anyway\./,
  );
  expect(await ask(port, "EXISTS a", "QUIT")).toBe(":1\r\n+OK\r\n");
  return { program, port, dir };
}

describe("while the journal cannot be written", () => {
  test("a first signal is refused, and a second one ends it with 1", async () => {
    const { program } = await refusing();
    program.child.kill("SIGINT");
    const { code, stderr } = await program.ended();
    expect(code).toBe(1);
    expect(stderr).toMatch(/warning: SIGINT: the server ends, and this is lost: /);
    expect(stderr).not.toContain("    at ");
  });

  test("a second signal ends it well where all can be kept by then", async () => {
    const { dir, program } = await refusing();
    rmSync(dir);
    program.child.kill("SIGTERM");
    expect((await program.ended()).code).toBe(0);
    const again = laurel(["serve", "--port", "0", "--dir", dir, "--appendonly", "yes"]);
    expect(await ask(await portOf(again), "EXISTS a", "QUIT")).toBe(":1\r\n+OK\r\n");
  });
});

test.each([["/proc/not-there"], ["/dev/null/data"]])(
  "a directory in which nothing can be kept, %s, is refused with 2, and what to do",
  async (dir) => {
    const flags = ["serve", "--port", "0", "--dir", dir, "--appendonly", "yes"];
    const { code, stderr, stdout } = await laurel(flags).ended();
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("laurel: Cannot configure the server: dir: ");
    expect(stderr).toContain(dir);
    expect(stderr.trim()).not.toContain("\n");
  },
);

describe("a directory that is not there", () => {
  test("is refused where nothing is to be kept in it", async () => {
    const dir = join(await folderInTest(), "not", "there");
    const { code, stderr, stdout } = await laurel(["serve", "--port", "0", "--dir", dir]).ended();
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("dir: there is no such directory");
    expect(stderr).toContain(dir);
  });

  test.each([
    ["--appendonly", "yes"],
    ["--save", "3600 1"],
  ])("is made with %s %s", async (flag, value) => {
    const dir = join(await folderInTest(), "not", "there");
    await portOf(laurel(["serve", "--port", "0", "--dir", dir, flag, value]));
    expect(statSync(dir).isDirectory()).toBe(true);
  });
});
