import { type Argv, Connection } from "./connection.ts";
import { Dice } from "./dice.ts";
import { drawArguments, parseSyntax } from "./grammar.ts";
import { createPlaceholders, Payloads } from "./placeholders.ts";
import { type Reply, showReply } from "./reply.ts";
import { isSameReply, isSameTransaction } from "./rules.ts";
import { SYNTAXES } from "./syntaxes.ts";

/** The ports of the two servers that are compared. */
export interface Pair {
  readonly ours: number;
  readonly theirs: number;
}

/** A command on one of the connections of an episode. */
interface Step {
  readonly connection: number;
  readonly argv: Argv;
}

/** Two replies to the same command that are not the same. */
export interface Difference {
  readonly seed: number;
  /** The fewest commands that were found to show it, the last one with the replies below. */
  readonly steps: readonly Step[];
  readonly ours: Reply;
  readonly theirs: Reply;
}

/** What a comparison counted. */
export interface Tally {
  commands: number;
  /** Replies that were no errors. */
  succeeded: number;
  /** Calls by name. */
  readonly calls: Map<string, number>;
}

/** Commands that begin with empty servers: what went wrong is looked for among them alone. */
const EPISODE_COMMANDS = 400;
const CONNECTIONS = 2;
/** Commands that go out in one write. */
const BATCH_COMMANDS = 20;
const BAD_CALLS = 0.06;
/** Chars of a reply that are shown of a difference. */
const SHOWN_CHARS_MAX = 600;

const PARSED = SYNTAXES.map(parseSyntax);

/**
 * Sends random commands to both servers, and compares what they reply.
 * @returns the first difference, made small, or `undefined`
 */
export async function compare(
  pair: Pair,
  seed: number,
  commands: number,
  tally: Tally,
): Promise<Difference | undefined> {
  const payloads = new Payloads();
  for (let episode = 0; tally.commands < commands; episode++) {
    const episodeSeed = (seed * 1_000_003 + episode) | 0;
    const steps = drawSteps(new Dice(episodeSeed), payloads);
    const found = await play(pair, steps, { tally, payloads });
    if (found === undefined) continue;
    // Two deadlines a millisecond apart on one server may be the same on the other: what does not
    // show again, from empty servers, was the clock.
    const again = await play(pair, steps);
    if (again !== undefined) return { seed, ...(await shrink(pair, steps, again)) };
  }
  return undefined;
}

function drawSteps(dice: Dice, payloads: Payloads): Step[] {
  const placeholders = createPlaceholders(payloads);
  const steps: Step[] = [];
  let connection = 0;
  for (let i = 0; i < EPISODE_COMMANDS; i++) {
    if (i % BATCH_COMMANDS === 0) connection = dice.int(0, CONNECTIONS - 1);
    const argv = drawArguments(dice.pick(PARSED), placeholders, dice, []);
    if (dice.chance(BAD_CALLS)) spoil(argv, dice);
    steps.push({ connection, argv });
  }
  return steps;
}

/** Takes an argument away, or adds one. */
function spoil(argv: string[], dice: Dice): void {
  if (argv.length > 1 && dice.chance(0.5)) argv.splice(dice.int(1, argv.length - 1), 1);
  else argv.splice(dice.int(1, argv.length), 0, dice.pick(["x", "0.01", "withscores", "a"]));
}

interface Found {
  readonly at: number;
  readonly ours: Reply;
  readonly theirs: Reply;
}

interface Records {
  readonly tally: Tally;
  readonly payloads: Payloads;
}

/** Plays steps on empty servers. @returns where the replies differ first */
async function play(
  pair: Pair,
  steps: readonly Step[],
  records?: Records,
): Promise<Found | undefined> {
  await using ours = await openAll(pair.ours);
  await using theirs = await openAll(pair.theirs);
  const queues: Argv[][] = Array.from({ length: CONNECTIONS }, () => []);
  for (let at = 0; at < steps.length;) {
    const { connection } = steps[at] as Step;
    const batch: Argv[] = [];
    while (batch.length < BATCH_COMMANDS && steps[at + batch.length]?.connection === connection) {
      batch.push((steps[at + batch.length] as Step).argv);
    }
    const [mine, yours] = await Promise.all([
      ours.at(connection).send(batch),
      theirs.at(connection).send(batch),
    ]);
    for (const [i, argv] of batch.entries()) {
      const reply = yours[i] as Reply;
      if (!isSame(mine[i] as Reply, reply, argv, queues[connection] as Argv[])) {
        return { at: at + i, ours: mine[i] as Reply, theirs: reply };
      }
      if (records !== undefined) record(records, argv, reply);
    }
    at += batch.length;
  }
  return undefined;
}

function isSame(ours: Reply, theirs: Reply, argv: Argv, queue: Argv[]): boolean {
  if (theirs.kind === "simple" && theirs.text === "QUEUED") {
    queue.push(argv);
    return isSameReply(ours, theirs, argv);
  }
  const name = argv[0]?.toLowerCase();
  if (name === "exec") return isSameTransaction(ours, theirs, queue.splice(0));
  if (name === "discard" || name === "reset") queue.length = 0;
  return isSameReply(ours, theirs, argv);
}

function record({ tally, payloads }: Records, argv: Argv, reply: Reply): void {
  const name = (argv[0] ?? "").toLowerCase();
  tally.commands++;
  if (reply.kind !== "error") tally.succeeded++;
  tally.calls.set(name, (tally.calls.get(name) ?? 0) + 1);
  if (name === "dump" && reply.kind === "bulk") payloads.add(reply.text);
}

/** Leaves steps out, halves first, as long as the last one still differs. */
async function shrink(
  pair: Pair,
  steps: readonly Step[],
  found: Found,
): Promise<Omit<Difference, "seed">> {
  let kept = steps.slice(0, found.at + 1);
  let smallest = found;
  for (let size = kept.length >> 1; size >= 1; size >>= 1) {
    for (let from = 0; from + size < kept.length;) {
      const candidate = kept.toSpliced(from, size);
      const again = await play(pair, candidate);
      if (again === undefined) from += size;
      else {
        kept = candidate.slice(0, again.at + 1);
        smallest = again;
      }
    }
  }
  return { steps: kept, ours: smallest.ours, theirs: smallest.theirs };
}

/** The connections of an episode, to a server that was emptied. */
class Connections implements AsyncDisposable {
  readonly #connections: readonly Connection[];

  constructor(connections: readonly Connection[]) {
    this.#connections = connections;
  }

  at(index: number): Connection {
    return this.#connections[index] as Connection;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const connection of this.#connections) await connection[Symbol.asyncDispose]();
  }
}

async function openAll(port: number): Promise<Connections> {
  const opening = Array.from({ length: CONNECTIONS }, async () => Connection.open(port));
  const connections = await Promise.all(opening);
  await (connections[0] as Connection).send([["flushall"], ["config", "resetstat"]]);
  return new Connections(connections);
}

/** A difference as text, with what replays it. */
export function describeDifference({ seed, steps, ours, theirs }: Difference): string {
  const lines = steps.map(
    ({ connection, argv }) =>
      `  ${connection}> ${argv.map((text) => JSON.stringify(text)).join(" ")}`,
  );
  return [
    `Seed ${seed} finds a difference, after ${steps.length} commands:`,
    ...lines,
    `  ours:   ${showReply(ours).slice(0, SHOWN_CHARS_MAX)}`,
    `  theirs: ${showReply(theirs).slice(0, SHOWN_CHARS_MAX)}`,
  ].join("\n");
}
