import { SkipList } from "laurel/structures";
import type { Players } from "../players.ts";
import { CountedBPlusTree } from "./counted-b-plus-tree.ts";
import type { OrderedIndex } from "./ordered-index.ts";
import { PlainSkipList } from "./plain-skip-list.ts";

/** The rivals for the index of a sorted set; the first is the one that is shipped. */
export const CANDIDATES: Readonly<Record<string, () => OrderedIndex>> = {
  "unrolled skip list": () => new SkipList(),
  "plain skip list": () => new PlainSkipList(),
  "counted B+ tree": () => new CountedBPlusTree(),
};

/** The candidate of this name with all players in it. */
export function fill(name: string, players: Players): OrderedIndex {
  const index = (CANDIDATES[name] as () => OrderedIndex)();
  for (let i = 0; i < players.count; i++) {
    index.insert(players.scores[i] as number, players.names[i] as string);
  }
  return index;
}
