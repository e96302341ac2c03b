import { expect, test } from "vitest";
import { laurel } from "./program.ts";

test.each([
  [["serve", "--prot", "1"], "did you mean --port?"],
  [["serve", "/no/such/file"], "/no/such/file: the file cannot be read"],
  [["serve", "7380"], "7380: there is no such file, did you mean --port 7380?"],
  [["serve", "--bind", "203.0.113.1"], "Cannot listen"],
  [["sreve"], "there is no command sreve, did you mean laurel serve?"],
  [["--port", "1"], "there is no command --port, did you mean laurel serve --port ...?"],
  [["laurel.conf"], "did you mean laurel serve laurel.conf ...?"],
  [["frobnicate"], "there is no command frobnicate; laurel --help tells what there is"],
  [[], "a command is missing"],
])("%j ends with 2 and says %j", async (args, reason) => {
  const ended = await laurel(args).ended();
  expect(ended.stderr).toContain(reason);
  expect(ended.stderr.trim()).not.toContain("\n");
  expect(ended).toMatchObject({ code: 2, stdout: "" });
});

test("--help tells of each parameter that does something what it is for, and its default", async () => {
  const { code, stdout } = await laurel(["--help"]).ended();
  expect(code).toBe(0);
  expect(stdout).toMatch(/--maxmemory-policy\s+what makes room at maxmemory \[noeviction\]/);
  expect(stdout).toMatch(/--appendfsync\s+.*always, everysec, no \[everysec\]/);
  for (const line of stdout.split("\n").filter((it) => it.startsWith("  --"))) {
    expect(line).toMatch(/^ {2}--[a-z-]+ +\S.* \[.*\]$/);
  }
  expect(stdout).not.toContain("--cluster-enabled");
});

test.each([[["serve", "-h"]], [["serve", "--port", "0", "--help"]], [["help", "serve"]]])(
  "%j shows the same help",
  async (args) => {
    const { code, stdout } = await laurel(args).ended();
    expect(code).toBe(0);
    expect(stdout).toContain("Usage:");
  },
);

test("-h is a value behind a flag that lacks one", async () => {
  const ended = await laurel(["serve", "--port", "-h"]).ended();
  expect(ended).toMatchObject({ code: 2, stdout: "" });
  expect(ended.stderr).toContain("--port: argument couldn't be parsed");
});

test("--version tells the version", async () => {
  expect((await laurel(["--version"]).ended()).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
