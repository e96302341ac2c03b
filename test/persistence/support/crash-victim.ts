import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import type { ChildMessage, ChildOptions } from "./crash-protocol.ts";

/** Has the system kill the child when the test's process dies. */
const ERROR_CHARS_MAX = 4000;

/** The program that is killed, while it runs. */
export class CrashVictim {
  /** The highest numbers of calls that were begun, acknowledged, and handed to the system; -1: none. */
  begun = -1;
  acknowledged = -1;
  committed = -1;
  /** What it found when it started. */
  found: Extract<ChildMessage, { type: "found" }> | undefined;
  port = 0;
  readonly warnings: string[] = [];
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #closed: Promise<unknown>;
  #rest = "";
  #errors = "";
  /** Who waits for something that it says. */
  #waiting: { readonly isSo: () => boolean; readonly resolve: () => void }[] = [];

  constructor(program: string, options: ChildOptions) {
    this.#child = spawn(process.execPath, [program, JSON.stringify(options)], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stdout.on("data", (chunk: Buffer) => this.#read(chunk.toString("latin1")));
    this.#child.stderr.on("data", (chunk: Buffer) => {
      this.#errors = (this.#errors + String(chunk)).slice(0, ERROR_CHARS_MAX);
    });
    this.#closed = once(this.#child, "close");
    void this.#closed.then(() => this.#wake(true));
  }

  /** Resolves when it is so, or the program has ended. */
  until(isSo: () => boolean): Promise<void> {
    if (isSo() || this.#hasEnded) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ isSo, resolve }));
  }

  /** Resolves when it has told what it found. @throws with its last words where it ends before */
  async untilReady(): Promise<void> {
    let isReady = false;
    await this.until(() => (isReady = this.#isReady));
    if (!isReady) throw new Error(`The program ended by itself: ${this.#errors}`);
  }

  /** Kills it with SIGKILL. Resolves when all that it said was read. @throws where it has ended before */
  async kill(): Promise<void> {
    if (this.#hasEnded) throw new Error(`The program ended by itself: ${this.#errors}`);
    this.#child.kill("SIGKILL");
    await this.#closed;
  }

  #isReady = false;

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  #read(chunk: string): void {
    const lines = (this.#rest + chunk).split("\n");
    this.#rest = lines.pop() as string;
    for (const line of lines) this.#hear(line);
    this.#wake(false);
  }

  #hear(line: string): void {
    const call = Number(line.slice(1));
    if (line.startsWith("s")) this.begun = Math.max(this.begun, call);
    else if (line.startsWith("a")) this.acknowledged = Math.max(this.acknowledged, call);
    else if (line.startsWith("t")) this.committed = Math.max(this.committed, call);
    else this.#take(JSON.parse(Buffer.from(line, "latin1").toString()) as ChildMessage);
  }

  #take(message: ChildMessage): void {
    if (message.type === "warning") this.warnings.push(message.text);
    else if (message.type === "found") this.found = message;
    else {
      this.port = message.port;
      this.#isReady = true;
    }
  }

  #wake(isOver: boolean): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const waiter of waiting) {
      if (waiter.isSo() || isOver) waiter.resolve();
      else this.#waiting.push(waiter);
    }
  }
}
