import { hasServer, type ServerProcess, startServer } from "./server-process.ts";

export { freePort } from "./free-port.ts";
export { isInstalled } from "./server-process.ts";

/** Whether the tests that need `redis-server` run. */
export function hasRedisServer(): boolean {
  return hasServer("redis");
}

/** Starts `redis-server` with these options, an empty dataset and no files. */
export async function startRedisServer(...options: readonly string[]): Promise<ServerProcess> {
  return startServer("redis", { options });
}
