import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ask, folderInTest, laurel, portOf } from "./program.ts";

/** A device on which every write fails: no space is left. */
const FULL = "/dev/full";

describe("the pid file", () => {
  test("holds the process's number while it serves, and is gone after", async () => {
    const file = join(await folderInTest(), "laurel.pid");
    const program = laurel(["serve", "--port", "0", "--pidfile", file]);
    await portOf(program);
    expect(readFileSync(file, "utf8")).toBe(`${program.child.pid}\n`);
    program.child.kill("SIGTERM");
    expect((await program.ended()).code).toBe(0);
    expect(existsSync(file)).toBe(false);
  });

  test("that cannot be written is refused, and nothing is served", async () => {
    const ended = await laurel(["serve", "--port", "0", "--pidfile", "/nope/x.pid"]).ended();
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expect(ended.stderr).toContain("pidfile: the file cannot be written (ENOENT");
  });

  test.skipIf(!existsSync(FULL))("on a full disk is refused, and nothing is served", async () => {
    const ended = await laurel(["serve", "--port", "0", "--pidfile", FULL]).ended();
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expect(ended.stderr).toContain("pidfile: the file cannot be written (ENOSPC");
    expect(existsSync(FULL)).toBe(true);
  });

  test("of a server that runs stays when a second one finds its port taken", async () => {
    const folder = await folderInTest();
    const [file, other] = [join(folder, "first.pid"), join(folder, "second.pid")];
    const first = laurel(["serve", "--port", "0", "--pidfile", file]);
    const port = await portOf(first);
    const second = laurel(["serve", "--port", `${port}`, "--pidfile", file]);
    expect((await second.ended()).code).toBe(2);
    expect(readFileSync(file, "utf8")).toBe(`${first.child.pid}\n`);
    const third = laurel(["serve", "--port", `${port}`, "--pidfile", other]);
    expect((await third.ended()).code).toBe(2);
    expect(existsSync(other)).toBe(false);
  });
});

describe("the log", () => {
  test("goes to the file, behind what stands there", async () => {
    const file = join(await folderInTest(), "laurel.log");
    writeFileSync(file, "before\n");
    const program = laurel(["serve", "--port", "0", "--logfile", file]);
    await portOf(program);
    program.child.kill("SIGINT");
    expect(await program.ended()).toMatchObject({ code: 0, stderr: "" });
    expect(readFileSync(file, "utf8")).toMatch(/^before\n.* notice: Listening.*\n.* SIGINT: /);
  });

  test("that cannot be written is refused, and nothing is served", async () => {
    const ended = await laurel(["serve", "--port", "0", "--logfile", "/nope/x.log"]).ended();
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expect(ended.stderr).toContain("logfile: the file cannot be written (ENOENT");
  });

  test.skipIf(!existsSync(FULL))("that fills up goes to the standard error instead", async () => {
    const program = laurel(["serve", "--port", "0", "--logfile", FULL]);
    expect(await ask(await portOf(program), "PING", "QUIT")).toBe("+PONG\r\n+OK\r\n");
    program.child.kill("SIGTERM");
    const { code, stderr } = await program.ended();
    expect(code).toBe(0);
    expect(stderr).toContain("ENOSPC");
    expect(stderr).toContain("SIGTERM: closing");
    expect(stderr).not.toContain("at ");
  });

  test("that nobody reads any more harms no client", async () => {
    const program = laurel(["serve", "--port", "0"]);
    const port = await portOf(program);
    program.child.stderr.destroy();
    program.child.kill("SIGTERM");
    await program.ended();
    expect(port).toBeGreaterThan(0);
    expect(program.child.exitCode).toBe(0);
  });
});
