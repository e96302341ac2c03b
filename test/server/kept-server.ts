import { onTestFinished } from "vitest";
import { optionSettings } from "../../src/server/config/options.ts";
import { ServerConfig } from "../../src/server/config/server-config.ts";
import { Server } from "../../src/server/server.ts";
import { HinderedFiles } from "./hindered-files.ts";
import { RawClient } from "./raw-client.ts";

/** What a test gives a server beside its options. */
interface Surroundings {
  readonly hindered?: HinderedFiles | undefined;
  /** Gets every line of the log, behind its level. */
  readonly log?: string[] | undefined;
}

/** A server in a folder, on files that can be hindered; it is closed when the test has ended. */
export function serverIn(
  dir: string,
  options: Record<string, unknown>,
  { hindered = new HinderedFiles(), log = [] }: Surroundings = {},
): Server {
  const config = new ServerConfig(optionSettings({ port: 0, dir, ...options }));
  const server = new Server(config, {
    fileSystem: hindered.files,
    log: (level, text) => log.push(`${level}: ${text}`),
  });
  onTestFinished(() => server.close().catch(() => {}));
  return server;
}

/** {@link serverIn} that listens, and a client of it. */
export async function startedIn(
  dir: string,
  options: Record<string, unknown>,
  surroundings?: Surroundings,
): Promise<{ server: Server; client: RawClient }> {
  const server = serverIn(dir, options, surroundings);
  await server.listen();
  return { server, client: newClient(server) };
}

/** A client that is gone when the test has ended. */
export function newClient({ port }: Pick<Server, "port">): RawClient {
  const client = new RawClient(port);
  onTestFinished(() => client[Symbol.asyncDispose]());
  return client;
}
