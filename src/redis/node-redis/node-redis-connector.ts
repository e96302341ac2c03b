import { systemTimers, type Timers } from "../../cache/platform.ts";
import { prefixText } from "../client-pattern.ts";
import type { Connector, Link } from "../port.ts";
import {
  addressOf,
  connectMsMax,
  connectionOptions,
  type NodeRedisClient,
  type PatternClient,
} from "./node-redis-client.ts";
import { openLink } from "./node-redis-link.ts";

/** Connections to the one server of a client of `redis`, which stays as it is: each is a duplicate. */
export class NodeRedisConnector implements Connector {
  readonly keyPrefix: string;
  readonly #pattern: PatternClient;
  readonly #timers: Timers;

  constructor(client: NodeRedisClient, timers: Timers = systemTimers) {
    this.#pattern = client as unknown as PatternClient;
    this.#timers = timers;
    this.keyPrefix = prefixText(this.#pattern.options?.keyPrefix);
  }

  async open(): Promise<Link> {
    const options = this.#pattern.options ?? {};
    const client = this.#pattern.duplicate(connectionOptions(options));
    return openLink(
      client,
      () => client.connect(),
      connectMsMax(options),
      this.#timers,
      addressOf(options),
    );
  }
}
