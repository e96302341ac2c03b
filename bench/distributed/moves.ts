import { quantile } from "../measure.ts";
import { milliseconds, type Report, whole } from "../report.ts";
import type { AddNodeRequest, AddNodeResult, ReadTimes } from "./add-node.ts";
import { inChild } from "./child.ts";

const KEYS = 1_000_000;
const NODES_AFTER = 4;
const VIRTUAL_NODES = 150;
/** How much a node's share of the ring varies, as a part of it, where points are random. */
const VARIATION = Math.sqrt((NODES_AFTER - 1) / (VIRTUAL_NODES * NODES_AFTER + 1));
const READS_PER_SECOND = 10_000;
/** Runs of a move, by factor, as the machine does other things, too. */
const RUNS = { 1: 3, 2: 1 } as const;
const RUNS_TEXT =
  `factor 1: the middle of ${RUNS[1]} runs, with reads by their p99 during the move; ` +
  "factor 2: a single run";

/** A fourth node comes to three that hold a million keys: how many move, how fast, and who waits. */
export async function benchMoves(report: Report): Promise<void> {
  const moves: string[][] = [];
  const reads: string[][] = [];
  for (const replicationFactor of [1, 2] as const) {
    const request = { kind: "add-node", keys: KEYS, replicationFactor } as const;
    const runs = RUNS[replicationFactor];
    const idle: AddNodeResult[] = [];
    for (let run = 0; run < runs; run++) {
      idle.push(await inChild({ ...request, readsPerSecond: 0 }));
    }
    const busy = await middleRun({ ...request, readsPerSecond: READS_PER_SECOND }, runs);
    moves.push(
      moveRow(report, replicationFactor, "idle", idle),
      moveRow(report, replicationFactor, "with reads", [busy]),
    );
    reads.push(
      readRow(report, replicationFactor, "at rest", busy.reads.atRest),
      readRow(report, replicationFactor, "during the move", busy.reads.duringMove),
    );
  }
  report.table(
    "adding-a-node",
    `Adding a fourth node to three with ${whole(KEYS)} keys: ${RUNS_TEXT}`,
    ["factor", "keys moved", "of all", "in theory", "took", "keys a second"],
    moves,
  );
  report.table(
    "reads-during-a-move",
    `Reads at ${whole(READS_PER_SECOND)} a second, from the moment for which each was planned: ${RUNS_TEXT}`,
    ["factor", "reads", "p50", "p99", "longest", "above 2 ms"],
    reads,
  );
}

/** Of several runs with reads, the one whose p99 during the move is in the middle. */
async function middleRun(request: AddNodeRequest, runs: number): Promise<Required<AddNodeResult>> {
  const found: Required<AddNodeResult>[] = [];
  for (let run = 0; run < runs; run++) {
    const { reads, ...move } = await inChild(request);
    if (reads === undefined) throw new Error("Cannot time the reads: there were none");
    found.push({ ...move, reads });
  }
  found.sort((a, b) => a.reads.duringMove.p99Ms - b.reads.duringMove.p99Ms);
  return found[Math.floor(found.length / 2)] as Required<AddNodeResult>;
}

function moveRow(
  report: Report,
  factor: number,
  load: string,
  runs: readonly AddNodeResult[],
): string[] {
  const { movedKeys } = runs[0] as AddNodeResult;
  const durationMs = quantile(
    runs.map((run) => run.durationMs),
    0.5,
  );
  const share = movedKeys / KEYS;
  const perSecond = movedKeys / (durationMs / 1000);
  const evenShare = factor / NODES_AFTER;
  const name = `move, factor ${factor}, ${load}`;
  report.figure(`${name}: keys a second`, perSecond);
  let theory = percent(evenShare);
  if (factor === 1) {
    const deviation = evenShare * VARIATION;
    theory += ` ± ${percent(deviation)}`;
    report.figure(`${name}: deviations off`, Math.abs(share - evenShare) / deviation);
  }
  return [
    `${factor}, ${load}`,
    whole(movedKeys),
    percent(share),
    theory,
    milliseconds(durationMs),
    whole(perSecond),
  ];
}

function readRow(report: Report, factor: number, when: string, reads: ReadTimes): string[] {
  report.figure(`reads, factor ${factor}, ${when}: p99, ms`, reads.p99Ms);
  return [
    `${factor}, ${when}`,
    whole(reads.reads),
    milliseconds(reads.p50Ms),
    milliseconds(reads.p99Ms),
    milliseconds(reads.maxMs),
    percent(reads.slowShare),
  ];
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}
