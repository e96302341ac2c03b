import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { devNull } from "node:os";
import { onTestFinished } from "vitest";

/** What a program left behind. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a program is started. */
export interface ProgramOptions {
  readonly cwd: string;
  /** Variables beside those that a user's shell has. */
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs a program to its end, whatever its exit code. */
export async function run(
  program: string,
  args: readonly string[],
  options: ProgramOptions,
): Promise<Ended> {
  const child = spawn(program, args, {
    ...options,
    env: userEnvironment(options.env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  return ended(child, outputOf(child));
}

/** Runs a program that must succeed, and gives what it printed. */
export async function succeed(
  program: string,
  args: readonly string[],
  options: ProgramOptions,
): Promise<string> {
  const { code, stdout, stderr } = await run(program, args, options);
  if (code === 0) return stdout;
  throw new Error(`${program} ${args.join(" ")} ended with ${code}:\n${stdout}${stderr}`);
}

/** A program that goes on until it is told to end. */
export interface LastingProgram {
  /** Resolves when its output has such a text, with its first group. */
  said(pattern: RegExp): Promise<string>;
  /** Sends a signal to it and all that it started, as the terminal's Ctrl-C does; resolves at its end. */
  interrupt(): Promise<Ended>;
}

/** Starts a program with its own process group; it is gone when the test has ended. */
export function start(
  program: string,
  args: readonly string[],
  options: ProgramOptions,
): LastingProgram {
  const env = userEnvironment(options.env);
  const child = spawn(program, args, {
    ...options,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const output = outputOf(child);
  const end = ended(child, output);
  onTestFinished(() => signalGroup(child, "SIGKILL"));
  return {
    async said(pattern) {
      for (;;) {
        const match = pattern.exec(output.stdout);
        if (match !== null) return match[1] ?? match[0];
        if (child.exitCode !== null) throw new Error(`It never said ${pattern}: ${output.stderr}`);
        await Promise.race([once(child.stdout, "data"), end]);
      }
    },
    interrupt() {
      signalGroup(child, "SIGINT");
      return end;
    },
  };
}

/** What npm itself is told: nothing of whoever runs the tests, and not to look for news. */
const NPM_ENVIRONMENT = { npm_config_userconfig: devNull, npm_config_update_notifier: "false" };

/** The environment without what npm and the test runner put into it: a user's shell has none of that. */
function userEnvironment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(?:npm_|VITEST|LAUREL_|NODE_)/i.test(name),
  );
  return { ...Object.fromEntries(own), ...NPM_ENVIRONMENT, ...more };
}

function outputOf(child: ChildProcess): { stdout: string; stderr: string } {
  const output = { stdout: "", stderr: "" };
  child.stdout?.on("data", (chunk: Buffer) => void (output.stdout += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => void (output.stderr += chunk.toString()));
  return output;
}

async function ended(
  child: ChildProcess,
  output: { readonly stdout: string; readonly stderr: string },
): Promise<Ended> {
  await once(child, "close");
  return { code: child.exitCode, ...output };
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // All of them have ended.
  }
}
