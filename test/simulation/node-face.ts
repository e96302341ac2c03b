import type { LeaderboardCache } from "laurel";
import type { ObservedStore } from "./observed-store.ts";
import type { NodePlan, Work } from "./simulated-node.ts";

/** Sends one call over the network. */
export type SendCall = (
  name: string,
  args: readonly unknown[],
  work: Work,
  signal: AbortSignal | undefined,
) => Promise<unknown>;

/** Keys or members that one message of a listing carries. */
const BATCH = 8;

const STATE_METHODS = ["readState", "writeState", "readScores", "writeScores"] as const;
const METHODS = (
  "get set delete exists clear incr decr append getMany setMany deleteMany ttl expire bootId " +
  "zAdd zIncrBy zScore zMScore zRank zRange zRangeByScore zCard zCount zRem zRemRangeByRank " +
  "zRemRangeByScore zPopMin zPopMax zUnion zInter zDiff zUnionStore zInterStore zDiffStore " +
  "zRangeStore zRangeByLex zLexCount zRemRangeByLex zRandMember zMPop"
).split(" ");

type Method = (...args: readonly unknown[]) => Promise<unknown>;

/** The cache that a coordinator is given: each call of it goes over the simulated network. */
export function createFace(plan: NodePlan, send: SendCall): LeaderboardCache {
  const face: Record<string | symbol, unknown> = {};
  const names = plan.transfersState ? [...METHODS, ...STATE_METHODS] : METHODS;
  for (const name of names) {
    face[name] = (...args: unknown[]): Promise<unknown> => {
      const signal = takeSignal(args);
      return send(name, args, (store) => methodOf(store, name).apply(store, args), signal);
    };
  }
  for (const name of ["keys", "zScan"]) {
    face[name] = (...args: unknown[]) => listing(name, args, send);
  }
  // As an embedded cache does; of one over a connection nobody knows.
  if (plan.tellsDefaultTtl) face["defaultTtl"] = Infinity;
  if (plan.isFenced) face["fenced"] = () => face;
  face["close"] = () => Promise.resolve();
  face[Symbol.asyncDispose] = () => Promise.resolve();
  return face as unknown as LeaderboardCache;
}

function methodOf(store: ObservedStore, name: string): Method {
  return (store as unknown as Record<string, Method>)[name] as Method;
}

/** Takes the signal out of the options, which come last: it ends the call here, not at the store. */
function takeSignal(args: unknown[]): AbortSignal | undefined {
  const options = args.at(-1);
  if (typeof options !== "object" || options === null || !("signal" in options)) return undefined;
  args[args.length - 1] = { ...options, signal: undefined };
  return options.signal as AbortSignal | undefined;
}

/** A listing that is fetched batch by batch, each a message of its own. */
async function* listing(
  name: string,
  args: unknown[],
  send: SendCall,
): AsyncGenerator<unknown, void> {
  const signal = takeSignal(args);
  let source: AsyncIterator<unknown> | undefined;
  const fetch: Work = async (store) => {
    source ??= (store as unknown as Record<string, (...args: unknown[]) => AsyncIterator<unknown>>)[
      name
    ]?.(...args) as AsyncIterator<unknown>;
    const batch: unknown[] = [];
    while (batch.length < BATCH) {
      const step: IteratorResult<unknown, unknown> = await source.next();
      if (step.done === true) return { batch, isLast: true };
      batch.push(step.value);
    }
    return { batch, isLast: false };
  };
  for (;;) {
    const answer = (await send(name, args, fetch, signal)) as { batch: unknown[]; isLast: boolean };
    yield* answer.batch;
    if (answer.isLast) return;
  }
}
