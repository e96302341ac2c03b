/**
 * Runs seeds of the source beside it until one fails, and prints as JSON which it was: how the
 * mutants are judged, each in a process of its own.
 */
import { simulate } from "../simulate.ts";
import type { Judgement } from "./run-mutants.ts";

const [from, to] = process.argv.slice(2).map(Number) as [number, number];
let judgement: Judgement = { seed: to };
for (let seed = from; seed <= to; seed++) {
  const { violation } = await simulate(seed);
  if (violation === undefined) continue;
  judgement = { seed, violation };
  break;
}
process.stdout.write(JSON.stringify(judgement));
