import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ask, folderInTest, laurel, portOf } from "./program.ts";

test("serves on a free port, says where and what next, and ends by a signal", async () => {
  const program = laurel(["serve", "--port", "0", "--loglevel", "warning"]);
  const port = await portOf(program);
  await program.said(new RegExp(`redis-cli -p ${port} ZADD`));
  expect(await ask(port, "SET greeting hello", "GET greeting", "QUIT")).toBe(
    "+OK\r\n$5\r\nhello\r\n+OK\r\n",
  );
  program.child.kill("SIGTERM");
  expect(await program.ended()).toMatchObject({ code: 0, stderr: "" });
});

test("a file, the environment and flags follow one another; SHUTDOWN ends the process", async () => {
  const file = join(await folderInTest(), "laurel.conf");
  writeFileSync(file, "timeout 1\nmaxclients 11\nrequirepass fromfile\nport 0\n");
  const program = laurel(["serve", file, "--requirepass", "fromflag"], {
    LAUREL_REQUIREPASS: "fromenvironment",
    LAUREL_MAXCLIENTS: "12",
  });
  const reply = await ask(
    await portOf(program),
    "AUTH fromflag",
    "CONFIG GET maxclients",
    "CONFIG GET timeout",
    "SHUTDOWN",
  );
  expect(reply).toBe(
    "+OK\r\n*2\r\n$10\r\nmaxclients\r\n$2\r\n12\r\n*2\r\n$7\r\ntimeout\r\n$1\r\n1\r\n",
  );
  expect((await program.ended()).code).toBe(0);
});

test("CONFIG REWRITE says that it is not supported, with a file as without", async () => {
  const file = join(await folderInTest(), "laurel.conf");
  writeFileSync(file, "port 0\n");
  const program = laurel(["serve", file]);
  const reply = await ask(await portOf(program), "CONFIG REWRITE", "QUIT");
  expect(reply).toBe(
    "-ERR Rewriting config file: not supported, this server writes no configuration\r\n+OK\r\n",
  );
});
