import type { Report } from "./report.ts";
import { benchServerMemory } from "./server/memory.ts";
import { benchThroughput } from "./server/throughput.ts";

/** Laurel's server beside a bare one and Redis: requests a second, and memory. */
export async function benchServer(report: Report): Promise<void> {
  await benchThroughput(report);
  await benchServerMemory(report);
}
