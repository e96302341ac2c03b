import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import type { InstalledPackage } from "./installed-package.ts";
import { CURRENT_NODE, firstInPath, NODES_HERE } from "./node-releases.ts";
import { type Ended, run, start } from "./program.ts";

const INSTALLED_PROGRAM = "node_modules/.bin/laurel";

/** The command line as a user calls it, by npx and on each Node.js that is here. */
export function describeCommandLine(installed: () => InstalledPackage): void {
  const ways = [
    // When laurel has ended, npx ends by the signal that it got itself, as its newer versions do, or as laurel.
    { name: "npx laurel", command: ["npx", "laurel"], node: CURRENT_NODE, codes: [0, null] },
    ...NODES_HERE.map((node) => ({
      name: `laurel on Node.js ${node.version}`,
      command: [INSTALLED_PROGRAM],
      node,
      codes: [0],
    })),
  ];

  describe.each(ways)("$name", ({ command: [program = "", ...first], node, codes }) => {
    test("tells its version and what there is", async () => {
      const { version } = installed().manifest;
      expect(await ask("--version")).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
      const help = await ask("--help");
      expect(help).toMatchObject({ code: 0, stderr: "" });
      expect(help.stdout).toContain("laurel serve [config-file] [--parameter value ...]");
      expect(help.stdout).toContain("--maxmemory-policy");
    });

    test("says what is wrong with what it was told, and ends with 2", async () => {
      expect(await ask()).toMatchObject({
        code: 2,
        stdout: "",
        stderr: "laurel: a command is missing; laurel --help tells what there is\n",
      });
      const misspelt = await ask("serve", "--prot", "1");
      expect(misspelt).toMatchObject({ code: 2, stdout: "" });
      expect(misspelt.stderr).toContain("--prot: there is no such parameter, did you mean --port?");
    });

    test("serves until Ctrl-C", async () => {
      const args = [...first, "serve", "--port", "0", "--loglevel", "warning"];
      const server = start(program, args, { cwd: installed().user, env: firstInPath(node) });
      const port = Number(await server.said(/redis:\/\/127\.0\.0\.1:(\d+)/));
      await server.said(/Ctrl-C ends it/);
      expect(await reply(port, "PING\r\nQUIT\r\n")).toBe("+PONG\r\n+OK\r\n");
      const { code, stderr } = await server.interrupt();
      expect(codes).toContain(code);
      expect(stderr).toBe("");
    });

    function ask(...args: readonly string[]): Promise<Ended> {
      const env = firstInPath(node);
      return run(program, [...first, ...args], { cwd: installed().user, env });
    }
  });
}

/** What a server on this port answers, up to when it closes the connection. */
async function reply(port: number, request: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let received = "";
  socket.on("data", (chunk: Buffer) => void (received += chunk.toString()));
  socket.write(request);
  await once(socket, "close");
  return received;
}
