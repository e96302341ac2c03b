import { connect, type Socket } from "node:net";
import { type Reply, ReplyReader } from "./reply.ts";

/** A command with its arguments, byte strings. */
export type Argv = readonly string[];

/** A raw connection to a server: commands go out as they are given, replies come in order. */
export class Connection implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #reader = new ReplyReader();
  readonly #waiting: {
    resolve: (reply: Reply) => void;
    reject: (error: Error) => void;
  }[] = [];
  #failure: Error | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(new Error("the server closed the connection")));
  }

  static async open(port: number): Promise<Connection> {
    const socket = connect(port, "127.0.0.1");
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return new Connection(socket);
  }

  /** Sends commands in one write, and gives their replies. */
  async send(commands: readonly Argv[]): Promise<Reply[]> {
    if (this.#failure !== undefined) throw this.#failure;
    const replies = commands.map(
      async () =>
        new Promise<Reply>((resolve, reject) => void this.#waiting.push({ resolve, reject })),
    );
    this.#socket.write(commands.map(encodeCommand).join(""), "latin1");
    return Promise.all(replies);
  }

  async call(...argv: Argv): Promise<Reply> {
    const [reply] = await this.send([argv]);
    return reply as Reply;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.#reader.push(chunk);
    for (;;) {
      const reply = this.#reader.next();
      if (reply === undefined) return;
      this.#waiting.shift()?.resolve(reply);
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}

function encodeCommand(argv: Argv): string {
  return `*${argv.length}\r\n${argv.map((text) => `$${text.length}\r\n${text}\r\n`).join("")}`;
}
