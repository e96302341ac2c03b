import { connect, type Socket } from "node:net";

/** A client that sends bytes and waits for bytes: what the server says can be told to the letter. */
export class RawClient implements AsyncDisposable {
  readonly socket: Socket;
  #received = "";
  #isClosed = false;
  #wake: (() => void) | undefined;
  /** How many chunks came. */
  chunks = 0;

  constructor(where: number | string) {
    this.socket = typeof where === "string" ? connect(where) : connect(where, "127.0.0.1");
    this.socket.setNoDelay(true);
    this.socket.on("data", (chunk) => {
      this.#received += chunk.toString("latin1");
      this.chunks++;
      this.#wake?.();
    });
    this.socket.on("error", () => {});
    this.socket.on("close", () => {
      this.#isClosed = true;
      this.#wake?.();
    });
  }

  /** Bytes that came and were not taken. */
  get receivedBytes(): number {
    return this.#received.length;
  }

  /** Sends bytes as they are. */
  send(bytes: string): void {
    this.socket.write(bytes, "latin1");
  }

  /** Sends commands, each a line of words, in one write. */
  sendLines(...lines: readonly string[]): void {
    this.send(lines.map((line) => request(...line.split(" "))).join(""));
  }

  /** Waits for exactly so many bytes and gives them. */
  async take(length: number): Promise<string> {
    await this.#until(() => this.#received.length >= length || this.#isClosed);
    const taken = this.#received.slice(0, length);
    this.#received = this.#received.slice(length);
    return taken;
  }

  /** Sends commands, and gives as much of the reply as is expected. */
  async ask(expected: string, ...lines: readonly string[]): Promise<string> {
    this.sendLines(...lines);
    return await this.take(expected.length);
  }

  /** Sends a command and gives a reply of one line. */
  async line(command: string): Promise<string> {
    this.sendLines(command);
    await this.#until(() => this.#received.includes("\r\n") || this.#isClosed);
    const end = this.#received.indexOf("\r\n") + 2;
    return (await this.take(end)).trimEnd();
  }

  /** Waits for the end of the connection and gives what came until then. */
  async rest(): Promise<string> {
    await this.#until(() => this.#isClosed);
    return this.#received;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    await this.#until(() => this.#isClosed);
  }

  async #until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** A command as a client sends it. */
export function request(...argv: readonly string[]): string {
  const words = argv.map((word) => `$${word.length}\r\n${word}\r\n`);
  return `*${argv.length}\r\n${words.join("")}`;
}
