import { benchClusterCalls } from "./redis/cluster-calls.ts";
import { benchServerCalls } from "./redis/server-calls.ts";
import type { Report } from "./report.ts";

/** What the caches over Redis cost beside the bare clients that they stand on. */
export async function benchRedis(report: Report): Promise<void> {
  await benchServerCalls(report);
  await benchClusterCalls(report);
}
