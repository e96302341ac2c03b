import assert from "node:assert/strict";
import { SkipList } from "laurel/structures";
import { type Random, seededRandom } from "../random.ts";
import type { OrderedIndex } from "./ordered-index.ts";

const STEPS = 50_000;
const MEMBERS = 6_000;
/** Few scores make many ties. */
const SCORES = 300;
/** Steps between two comparisons of everything. */
const FULL_CHECK_EVERY = 500;
/** What is there is updated with this probability, and deleted otherwise. */
const UPDATE_SHARE = 0.6;
const READ_COUNT = 100;

/**
 * Holds a candidate to the shipped `SkipList` through random inserts, deletes and updates, then
 * through deletes until nothing is left. Throws at the first difference.
 */
export function checkCandidate(candidate: OrderedIndex, seed: number): void {
  const random = seededRandom(seed);
  const model = new SkipList({ random: seededRandom(seed + 1) });
  const scores = new Map<string, number>();
  for (let step = 0; step < STEPS; step++) {
    change(candidate, model, scores, random);
    if (step % FULL_CHECK_EVERY === 0) compare(candidate, model);
  }
  // From the lowest on: the blocks in front run empty beside full ones.
  const remaining = [...model];
  for (const { member, score } of remaining) {
    assert.equal(candidate.delete(score, member), true);
    model.delete(score, member);
    if (model.length % FULL_CHECK_EVERY === 0) compare(candidate, model);
  }
  compare(candidate, model);
}

function change(
  candidate: OrderedIndex,
  model: SkipList,
  scores: Map<string, number>,
  random: Random,
): void {
  const member = `m${Math.floor(random() * MEMBERS)}`;
  const score = Math.floor(random() * SCORES);
  const from = scores.get(member);
  if (from === undefined) {
    assert.equal(candidate.rank(score, member), undefined);
    assert.equal(candidate.delete(score, member), false);
    assert.equal(candidate.insert(score, member), model.insert(score, member));
    scores.set(member, score);
  } else if (random() < UPDATE_SHARE) {
    assert.equal(candidate.update(from, member, score), model.update(from, member, score));
    scores.set(member, score);
  } else {
    assert.equal(candidate.insert(from, member), false);
    assert.equal(candidate.delete(from, member), model.delete(from, member));
    scores.delete(member);
  }
}

function compare(candidate: OrderedIndex, model: SkipList): void {
  const expected = [...model];
  assert.equal(candidate.length, expected.length);
  assert.deepEqual(candidate.read(0, expected.length), expected);
  for (const [rank, { member, score }] of expected.entries()) {
    assert.equal(candidate.rank(score, member), rank);
    assert.equal(candidate.at(rank)?.member, member);
  }
  const start = Math.max(0, Math.floor((expected.length - READ_COUNT) / 2));
  const window = expected.slice(start, start + READ_COUNT);
  assert.deepEqual(candidate.read(start, window.length), window);
}
