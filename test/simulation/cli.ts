/**
 * Runs the simulation of the distributed cache.
 *
 *     npm run simulate -- --seed 7              replays one seed, with its trace
 *     npm run simulate -- --seeds 5000          seeds 1 to 5000; fails where one does
 *     npm run simulate -- --seeds 500 --from 9  seeds 9 to 508
 *     npm run simulate -- --workers 2           in two processes
 *     npm run simulate -- --mutants             breaks the code on purpose, fault by fault
 */
import { parseArgs } from "node:util";
import { runMutants } from "./mutants/run-mutants.ts";
import { replaySeed, runSeeds } from "./run-seeds.ts";

const { values: options } = parseArgs({
  options: {
    seed: { type: "string" },
    seeds: { type: "string" },
    from: { type: "string", default: "1" },
    workers: { type: "string", default: "1" },
    lines: { type: "string", default: "300" },
    "keep-going": { type: "boolean", default: false },
    mutants: { type: "boolean", default: false },
    only: { type: "string" },
  },
});

async function main(): Promise<boolean> {
  if (options.mutants) return runMutants(numberOf("seeds", 2000), options.only);
  if (options.seed !== undefined) return replaySeed(numberOf("seed"), numberOf("lines"));
  return runSeeds({
    from: numberOf("from"),
    count: numberOf("seeds", 1000),
    workers: numberOf("workers"),
    keepsGoing: options["keep-going"],
  });
}

function numberOf(
  name: "seed" | "seeds" | "from" | "workers" | "lines",
  otherwise?: number,
): number {
  const number = Number(options[name] ?? otherwise);
  if (Number.isInteger(number)) return number;
  throw new Error(`Cannot simulate: --${name} must be an integer: received ${options[name]}`);
}

if (!(await main())) process.exitCode = 1;
