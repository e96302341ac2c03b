import { BLOCK_CAPACITY, type EntryBlocks } from "./entry-blocks.ts";
import { HEAD, type Towers } from "./towers.ts";
import { isLess } from "./z-member.ts";

/** Throws where towers and blocks, of a list with `length` entries, contradict each other. O(N). */
export function checkSkipList(towers: Towers, blocks: EntryBlocks, length: number): void {
  const startOf = new Map<number, number>([[HEAD, 0]]);
  let previous = HEAD;
  let start = 0;
  for (let tower = towers.next(HEAD, 0); tower !== HEAD; tower = towers.next(tower, 0)) {
    const count = towers.count(tower);
    startOf.set(tower, start);
    start += count;
    check(count >= 1, `the block of tower ${tower} is empty`);
    check(count <= BLOCK_CAPACITY, `the block of tower ${tower} is too full`);
    check(towers.previous(tower) === previous, `tower ${tower} has a wrong back link`);
    previous = tower;
  }
  check(start === length, `blocks have ${start} of ${length} entries`);
  check(towers.last === previous, "the last tower is not the last");
  check(towers.span(HEAD, 0) === 0, "the head has entries");
  checkOrder(towers, blocks);
  for (let level = 0; level < towers.levels; level++) {
    checkLevel(towers, blocks, level, startOf, length);
  }
}

function checkOrder(towers: Towers, blocks: EntryBlocks): void {
  let lastScore = -Infinity;
  let lastMember: string | undefined;
  for (let tower = towers.next(HEAD, 0); tower !== HEAD; tower = towers.next(tower, 0)) {
    for (let i = 0; i < towers.count(tower); i++) {
      const score = blocks.scoreAt(towers.block(tower), i);
      const member = blocks.memberAt(towers.block(tower), i);
      const isOrdered = lastMember === undefined || isLess(lastScore, lastMember, score, member);
      check(isOrdered, `${lastMember} stands before ${member}`);
      lastScore = score;
      lastMember = member;
    }
  }
}

function checkLevel(
  towers: Towers,
  blocks: EntryBlocks,
  level: number,
  startOf: ReadonlyMap<number, number>,
  length: number,
): void {
  for (let tower = HEAD; ; tower = towers.next(tower, level)) {
    const next = towers.next(tower, level);
    const end = next === HEAD ? length : (startOf.get(next) as number);
    const span = end - (startOf.get(tower) as number);
    check(towers.span(tower, level) === span, `tower ${tower}: wrong span on level ${level}`);
    if (next === HEAD) return;
    const before = towers.previous(next);
    const separator = towers.separator(tower, level);
    check(towers.height(next) > level, "a link leads past a tower");
    check(separator === towers.separator(before, 0), "the levels separate differently");
    const first = blocks.scoreAt(towers.block(next), 0);
    check(separator <= first, `the separator of ${next} is too high`);
    if (before === HEAD) continue;
    const last = blocks.scoreAt(towers.block(before), towers.count(before) - 1);
    check(last <= separator, `the separator of ${next} is too low`);
  }
}

function check(holds: boolean, complaint: string): void {
  if (!holds) throw new Error(complaint);
}
