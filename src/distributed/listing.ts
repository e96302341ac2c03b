import type { KeyPage } from "../cache/state-transfer.ts";
import { unusable } from "./cluster.ts";
import { SourceFailure } from "./key-state.ts";
import type { Member } from "./member.ts";

/** Keys that are deleted by one call where a node is cleared in several. */
const DELETED_TOGETHER = 512;

/** The keys that a node lists, in pages where it offers them. @throws {SourceFailure} */
export async function* listPages(member: Member): AsyncGenerator<readonly string[]> {
  if (!member.takesWrites) throw new SourceFailure(unusable(member, `is ${member.health}`));
  const { transfer } = member;
  if (transfer?.listKeys === undefined) {
    for await (const key of listKeys(member)) yield [key];
    return;
  }
  const list = transfer.listKeys.bind(transfer);
  let cursor = 0;
  do {
    let page: KeyPage;
    try {
      page = await member.read(() => list(cursor));
    } catch (error) {
      throw new SourceFailure(error);
    }
    ({ cursor } = page);
    yield page.keys;
  } while (cursor !== 0);
}

/** The keys that a node lists. @throws {SourceFailure} */
export async function* listKeys(member: Member, pattern?: string): AsyncGenerator<string> {
  if (!member.takesWrites) throw new SourceFailure(unusable(member, `is ${member.health}`));
  const listing = member.cache.keys(pattern)[Symbol.asyncIterator]();
  try {
    for (;;) {
      let step: IteratorResult<string>;
      try {
        step = await member.read(() => listing.next());
      } catch (error) {
        throw new SourceFailure(error);
      }
      if (step.done === true) return;
      yield step.value;
    }
  } finally {
    // A listing that failed cannot be told to stop, either.
    void listing.return?.().catch(() => {});
  }
}

/**
 * Removes all keys of a node. A store that others use, too, may be large and far away, and its cache
 * may refuse to empty a whole database: what it lists is deleted in batches, each within the time limit of a call.
 * @throws {SourceFailure} where it cannot be listed, and what deleting fails with
 */
export async function clearNode(member: Member): Promise<void> {
  if (!member.isShared) return member.write(null, (cache) => cache.clear());
  let batch: string[] = [];
  const flush = async (): Promise<void> => {
    const keys = batch;
    batch = [];
    if (keys.length > 0) await member.write(null, (cache) => cache.deleteMany(keys));
  };
  for await (const page of listPages(member)) {
    batch.push(...page);
    if (batch.length >= DELETED_TOGETHER) await flush();
  }
  await flush();
}
