import { deepEqual, equal, throws } from "node:assert/strict";
import {
  type AddConditions,
  type AddOutcome,
  CacheError,
  fromByteString,
  type Random,
  type RangeOptions,
  SkipList,
  SortedSet,
  type SortedSetOptions,
  toByteString,
  type ZMember,
} from "laurel/structures";

const random: Random = () => 0.5;
const options: SortedSetOptions = { random };
const set = new SortedSet(options);
equal(set.set("ada", 1815), true);
const conditions: AddConditions = { gt: true };
const outcome: AddOutcome = set.add("ada", 1852, conditions);
equal(outcome, "updated");
set.set(toByteString("Gödel"), 1906);
const range: RangeOptions = { reverse: true, count: 1 };
const [last]: ZMember[] = set.rangeByScore("-inf", "+inf", range);
equal(fromByteString(last?.member ?? ""), "Gödel");
equal(set.rank("ada"), 0);

const list = new SkipList({ random });
list.insert(2, "b");
list.insert(1, "a");
deepEqual(
  Array.from(list, ({ member }) => member),
  ["a", "b"],
);
throws(() => list.insert(Number.NaN, "c"), CacheError);
