import { benchBoardSizes } from "./distributed/board-sizes.ts";
import { benchBytes } from "./distributed/bytes.ts";
import { benchCalls } from "./distributed/calls.ts";
import { benchMoves } from "./distributed/moves.ts";
import { benchOutages } from "./distributed/outages.ts";
import { benchResync } from "./distributed/resync.ts";
import type { Report } from "./report.ts";

/** What it costs to spread keys over nodes: a call, a node more, a node less, and memory. */
export async function benchDistributed(report: Report): Promise<void> {
  await benchCalls(report);
  await benchBoardSizes(report);
  await benchMoves(report);
  await benchOutages(report);
  await benchResync(report);
  await benchBytes(report);
}
