import type { Socket } from "node:net";
import type { ServerProcess } from "../server/server-process.ts";

const CRLF = "\r\n";
const COMMANDS_AT_ONCE = 1_000;

interface Waiting {
  readonly resolve: (reply: string) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A connection that sends commands without waiting for the replies of earlier ones. It understands
 * replies of one line and bulk strings, which is all that is asked here.
 */
export class Connection implements Disposable {
  readonly #socket: Socket;
  #unsent = "";
  #received = "";
  /** Who waits for a reply; those before `#answered` have theirs. */
  #waiting: Waiting[] = [];
  #answered = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => this.#receive(text));
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(new Error("the connection was closed")));
  }

  static async open(server: ServerProcess): Promise<Connection> {
    return new Connection(await server.connect());
  }

  /** Sends a command, together with the others of this turn. Rejects with an error's text. */
  ask(...argv: readonly string[]): Promise<string> {
    if (this.#unsent === "") queueMicrotask(() => this.#send());
    this.#unsent += encoded(argv);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** Sends many commands, a thousand at a time. */
  async askAll(count: number, commandOf: (i: number) => readonly string[]): Promise<void> {
    for (let from = 0; from < count; from += COMMANDS_AT_ONCE) {
      const end = Math.min(count, from + COMMANDS_AT_ONCE);
      const replies: Promise<string>[] = [];
      for (let i = from; i < end; i++) replies.push(this.ask(...commandOf(i)));
      await Promise.all(replies);
    }
  }

  /** Asks for a field of INFO until it has a value. */
  async until(field: string, value: string): Promise<void> {
    for (;;) {
      const lines = (await this.ask("INFO", "persistence")).split(CRLF);
      if (lines.includes(`${field}:${value}`)) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  [Symbol.dispose](): void {
    this.#socket.removeAllListeners("close").destroy();
  }

  #send(): void {
    this.#socket.write(this.#unsent, "latin1");
    this.#unsent = "";
  }

  #receive(text: string): void {
    this.#received += text;
    let at = 0;
    for (;;) {
      const lineEnd = this.#received.indexOf(CRLF, at);
      if (lineEnd < 0) break;
      let reply = this.#received.slice(at, lineEnd);
      let end = lineEnd + CRLF.length;
      if (reply.startsWith("$") && reply !== "$-1") {
        const start = end;
        end += Number(reply.slice(1)) + CRLF.length;
        if (end > this.#received.length) break;
        reply = this.#received.slice(start, end - CRLF.length);
      }
      this.#answer(reply);
      at = end;
    }
    this.#received = this.#received.slice(at);
  }

  #answer(reply: string): void {
    const waiting = this.#waiting[this.#answered++];
    if (this.#answered === this.#waiting.length) {
      this.#waiting = [];
      this.#answered = 0;
    }
    if (reply.startsWith("-")) waiting?.reject(new Error(reply.slice(1)));
    else waiting?.resolve(reply);
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.slice(this.#answered)) reject(error);
    this.#waiting = [];
    this.#answered = 0;
  }
}

function encoded(argv: readonly string[]): string {
  let text = `*${argv.length}${CRLF}`;
  for (const argument of argv) text += `$${argument.length}${CRLF}${argument}${CRLF}`;
  return text;
}
