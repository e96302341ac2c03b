import type { Violation } from "../checker/violation.ts";
import { runScript } from "../child-process.ts";
import { simulate } from "../simulate.ts";
import { MutatedTree } from "./mutated-tree.ts";
import { type Mutant, MUTANTS } from "./table.ts";

/** What became of a mutant. */
export interface Judgement {
  /** The last seed that was run: it killed the mutant, or all passed. */
  readonly seed: number;
  readonly violation?: Violation;
}

/** Runs every mutant, prints a table. @returns whether none survives */
export async function runMutants(seeds: number, only: string | undefined): Promise<boolean> {
  const mutants = MUTANTS.filter(({ name }) => only === undefined || name.includes(only));
  if (mutants.length === 0) throw new Error(`Cannot run mutants: none is named ${only}`);
  console.log("| fault | killed by seed | by the law |");
  console.log("| --- | ---: | --- |");
  let survivors = 0;
  for (const mutant of mutants) {
    const { seed, violation } = await judge(mutant, seeds);
    if (violation === undefined) survivors++;
    const verdict = violation === undefined ? "**survives**" : violation.invariant;
    console.log(
      `| ${mutant.name} | ${violation === undefined ? `none of ${seed}` : seed} | ${verdict} |`,
    );
  }
  console.log(`\n${mutants.length} mutants, ${survivors} of them survive ${seeds} seeds.`);
  return survivors === 0;
}

/** A seed kills a mutant where the source itself is well with it: else the fault need not be the cause. */
async function judge(mutant: Mutant, seeds: number): Promise<Judgement> {
  using tree = new MutatedTree(mutant);
  const script = "test/simulation/mutants/judge.ts";
  for (let from = 1; ;) {
    const { code, output } = await runScript(tree.root, script, [String(from), String(seeds)]);
    if (code !== 0) {
      throw new Error(`Cannot judge the mutant "${mutant.name}": its process ended with ${code}`);
    }
    const judgement = JSON.parse(output) as Judgement;
    if (judgement.violation === undefined) return judgement;
    const { violation } = await simulate(judgement.seed);
    if (violation === undefined) return judgement;
    from = judgement.seed + 1;
  }
}
