import { MemoryLeaderboardCache } from "laurel";
import { serve } from "laurel/server";
import { startCluster } from "../../support/server-cluster.ts";
import { hasServer, startServer } from "../../support/server-process.ts";

/** A running server, and the words of the page that name it put in terms of its port. */
interface StandIn extends AsyncDisposable {
  readonly port: number;
}

/** Which servers stand behind the addresses of the page. */
const KINDS: Readonly<Record<string, () => Promise<StandIn>>> = {
  "redis.example:6379": async () => startServer("redis"),
  "eu.example:6379": async () => startServer("redis"),
  "us.example:6379": async () => startServer("valkey"),
  "laurel.example:7379": startLaurel,
  'host: "valkey.example", port: 6379': startValkeyCluster,
};
const NEEDED: Readonly<Record<string, readonly ("redis" | "valkey")[]>> = {
  "redis.example:6379": ["redis"],
  "eu.example:6379": ["redis"],
  "us.example:6379": ["valkey"],
  'host: "valkey.example", port: 6379': ["valkey"],
};

/** The addresses that some code names. @throws where nothing stands behind one of them */
export function addressesIn(code: string): string[] {
  const known = Object.keys(KINDS).filter((address) => code.includes(address));
  const rest = known.reduce((text, address) => text.replaceAll(address, ""), code);
  const stranger = /[\w-]+\.example\b.*/.exec(rest)?.[0];
  if (stranger !== undefined) throw new Error(`No server stands in for ${stranger}`);
  return known;
}

/** Whether the servers that stand behind some addresses are installed. */
export function canStandIn(addresses: readonly string[]): boolean {
  return addresses.flatMap((address) => NEEDED[address] ?? []).every((kind) => hasServer(kind));
}

/** The servers behind some addresses, until it is disposed of. */
export class StandIns implements AsyncDisposable {
  readonly #servers = new Map<string, StandIn>();

  static async start(addresses: readonly string[]): Promise<StandIns> {
    const started = new StandIns();
    try {
      for (const address of addresses) {
        const start = KINDS[address] as () => Promise<StandIn>;
        started.#servers.set(address, await start());
      }
    } catch (error) {
      await started[Symbol.asyncDispose]();
      throw error;
    }
    return started;
  }

  /** Puts the addresses of the servers in the place of those that stand for any. */
  placedIn(code: string): string {
    let text = code;
    for (const [address, { port }] of this.#servers) {
      const isHostAndPort = address.startsWith("host:");
      const here = isHostAndPort ? `host: "127.0.0.1", port: ${port}` : `127.0.0.1:${port}`;
      text = text.replaceAll(address, here);
    }
    return text;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers.values()) await server[Symbol.asyncDispose]();
  }
}

async function startLaurel(): Promise<StandIn> {
  return serve({ port: 0, cache: new MemoryLeaderboardCache() });
}

async function startValkeyCluster(): Promise<StandIn> {
  const cluster = await startCluster("valkey");
  return {
    port: cluster.ports[0] as number,
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}
