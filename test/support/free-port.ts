import { once } from "node:events";
import { createServer } from "node:net";

/**
 * Below the range from which the system takes the ports of outgoing connections: a port there stays
 * free while its server restarts, and nobody who keeps calling it ends up connected to himself. With
 * the port of the cluster bus, 10,000 above it, it stays below, too.
 */
const PORT_MIN = 10_240;
const PORT_MAX = 22_000;
const BUS_PORT_OFFSET = 10_000;
const ATTEMPTS_MAX = 100;

/** A port of the loopback that nobody listens on. */
export async function freePort(): Promise<number> {
  return find(async (port) => isFree(port));
}

/** A port that nobody listens on, and neither on the one of the cluster bus that belongs to it. */
export async function freeClusterPort(): Promise<number> {
  return find(async (port) => (await isFree(port)) && isFree(port + BUS_PORT_OFFSET));
}

async function find(isGood: (port: number) => Promise<boolean>): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const port = PORT_MIN + Math.floor(Math.random() * (PORT_MAX - PORT_MIN));
    if (await isGood(port)) return port;
  }
  throw new Error(`No free port between ${PORT_MIN} and ${PORT_MAX}`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const listening = once(server, "listening").then(
    () => true,
    () => false,
  );
  server.listen(port, "127.0.0.1");
  if (!(await listening)) return false;
  server.close();
  await once(server, "close");
  return true;
}
