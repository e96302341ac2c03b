import { systemTimers, type Timers } from "../../cache/platform.ts";
import { ClusterPort } from "../cluster-port.ts";
import { type ConfirmationOptions, confirmingCluster } from "../confirming-connector.ts";
import type { IoredisCluster } from "./ioredis-client.ts";
import { IoredisClusterConnector } from "./ioredis-cluster-connector.ts";

/** A port over the Cluster of a client of `ioredis`. */
export class IoredisClusterPort extends ClusterPort {
  constructor(
    cluster: IoredisCluster,
    options: ConfirmationOptions & { readonly timers?: Timers } = {},
  ) {
    const { timers = systemTimers } = options;
    const connector = new IoredisClusterConnector(cluster, timers);
    super(confirmingCluster(connector, options), { timers });
  }
}
