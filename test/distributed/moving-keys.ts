import type { Cluster } from "./cluster.ts";

/** Keys that move when nodes come and go: a third strings, a third strings with a ttl, a third boards. */
export const KEYS = Array.from({ length: 120 }, (_, i) => `key:${i}`);

/** What each board of {@link KEYS} holds. */
export const BOARD = [
  { member: "ada", score: -Infinity },
  { member: "bob", score: 0.1 },
  { member: "cyd", score: Infinity },
];

/** Gives each of {@link KEYS} what it holds. */
export async function fill(cluster: Cluster): Promise<void> {
  const { cache } = cluster;
  for (const [i, key] of KEYS.entries()) {
    if (i % 3 === 0) await cache.set(key, `value of ${key}`);
    else if (i % 3 === 1) await cache.set(key, `value of ${key}`, { ttl: 1_000_000 + i });
    else {
      await cache.zAdd(key, BOARD);
      await cache.expire(key, 2_000_000 + i);
    }
  }
  await cluster.settle();
}

/** What the primaries hold, key by key, deadlines included. */
export async function contents(cluster: Cluster, keys = KEYS): Promise<Map<string, unknown>> {
  const all = new Map<string, unknown>();
  for (const key of keys) {
    all.set(key, await cluster.held(cluster.ownersOf(key)[0] as string, key));
  }
  return all;
}

/** The keys that have other owners after than before. */
export function moved(
  cluster: Cluster,
  before: readonly string[],
  after: readonly string[],
): string[] {
  const owners = (key: string, ids: readonly string[]): string => cluster.ownersOf(key, ids).join();
  return KEYS.filter((key) => owners(key, before) !== owners(key, after));
}

/** Makes a change and aborts it when a node has had so many calls for the state of a key. */
export async function abortAfter(
  cluster: Cluster,
  id: string,
  states: number,
  change: (signal: AbortSignal) => Promise<unknown>,
): Promise<void> {
  const controller = new AbortController();
  const reason = new Error("enough");
  let left = states;
  const node = cluster.node(id);
  node.onCall = ({ name }) => {
    if (/State/.test(name) && --left === 0) controller.abort(reason);
  };
  const outcome = await cluster.until(change(controller.signal).catch((error: unknown) => error));
  if (outcome !== reason) throw new Error("The change was not aborted", { cause: outcome });
  node.onCall = undefined;
}
