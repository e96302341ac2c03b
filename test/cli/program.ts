import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

/** What a program left behind. */
interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program as a process of its own, with what it said so far. */
export interface Program {
  readonly child: ChildProcess & { readonly stderr: Readable };
  /** Resolves when the output has such a text, with its group or all of it. */
  said(pattern: RegExp): Promise<string>;
  /** Resolves when the standard error, where the log is, has such a text. */
  logged(pattern: RegExp): Promise<void>;
  /** Resolves when the process has ended. */
  ended(): Promise<Ended>;
}

/** Starts `laurel` from its source; it is gone when the test has ended. */
export function laurel(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Program {
  const child = spawn(process.execPath, ["--import", "tsx", MAIN, ...args], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (output.stdout += String(chunk)));
  child.stderr.on("data", (chunk: Buffer) => (output.stderr += String(chunk)));
  const closed = once(child, "close");
  return {
    child,
    async said(pattern) {
      for (;;) {
        const match = pattern.exec(output.stdout);
        if (match !== null) return match[1] ?? match[0];
        if (child.stdout.readableEnded) throw new Error(`It never said ${pattern}.`);
        await Promise.race([once(child.stdout, "data"), once(child.stdout, "end")]);
      }
    },
    async logged(pattern) {
      while (!pattern.test(output.stderr)) {
        if (child.stderr.readableEnded) throw new Error(`It never logged ${pattern}.`);
        await Promise.race([once(child.stderr, "data"), once(child.stderr, "end")]);
      }
    },
    async ended() {
      await closed;
      return { code: child.exitCode, ...output };
    },
  };
}

/** The port on which a program serves, when it does. */
export async function portOf(program: Program): Promise<number> {
  return Number(await program.said(/redis:\/\/127\.0\.0\.1:(\d+)/));
}

/** What a server on this port replies to these lines, up to when it closes the connection. */
export async function ask(port: number, ...lines: readonly string[]): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let reply = "";
  socket.on("data", (chunk) => (reply += String(chunk)));
  socket.write(lines.map((line) => `${line}\r\n`).join(""));
  await once(socket, "close");
  return reply;
}

/** A folder that goes when the test has ended. */
export async function folderInTest(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "laurel-cli-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
