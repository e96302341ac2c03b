import { type ServerKind, ServerProcess } from "./server-process.ts";

/** Servers that run beside each other, and are ended together. */
export class ServerGroup implements AsyncDisposable {
  readonly servers: readonly ServerProcess[];

  private constructor(servers: readonly ServerProcess[]) {
    this.servers = servers;
  }

  static async start(kinds: readonly ServerKind[]): Promise<ServerGroup> {
    const servers: ServerProcess[] = [];
    try {
      for (const kind of kinds) servers.push(await ServerProcess.start(kind));
    } catch (error) {
      await new ServerGroup(servers)[Symbol.asyncDispose]();
      throw error;
    }
    return new ServerGroup(servers);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.servers) await server[Symbol.asyncDispose]();
  }
}
