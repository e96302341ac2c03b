import { type ConfirmationOptions, confirming } from "../confirming-connector.ts";
import { ServerPort, type ServerPortOptions } from "../server-port.ts";
import type { NodeRedisSentinel } from "./node-redis-client.ts";
import { NodeRedisSentinelConnector } from "./node-redis-sentinel-connector.ts";

/** A port over the master that Sentinels name, which also ends what asks them. */
export class NodeRedisSentinelPort extends ServerPort {
  readonly #connector: NodeRedisSentinelConnector;

  constructor(sentinel: NodeRedisSentinel, options: ServerPortOptions & ConfirmationOptions = {}) {
    const connector = new NodeRedisSentinelConnector(sentinel, options.timers);
    super(confirming(connector, options), options);
    this.#connector = connector;
  }

  override async close(): Promise<void> {
    await super.close();
    await this.#connector.close();
  }
}
