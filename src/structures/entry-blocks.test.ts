import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BLOCK_CAPACITY, EntryBlocks } from "./entry-blocks.ts";
import { AFTER_ALL, isLess, type ZMember } from "./z-member.ts";

/** What a block holds, read through its public face. */
function contents(blocks: EntryBlocks, block: number, count: number, reverse = false): ZMember[] {
  const entries = new Array<ZMember>(count);
  blocks.read(block, reverse ? count - 1 : 0, count, reverse, entries, 0);
  return entries;
}

/** Inserts where the entry belongs; the plain array is kept in step. */
function insert(blocks: EntryBlocks, block: number, model: ZMember[], entry: ZMember): void {
  const position = blocks.countBelow(block, model.length, entry.score, entry.member);
  blocks.insert(block, model.length, position, entry.score, entry.member);
  model.splice(position, 0, entry);
}

const score = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.double({ noNaN: true }));
const step = fc.record({ kind: fc.constantFrom("in", "in", "out", "move"), score, at: fc.nat() });

describe("a block", () => {
  test("holds what a sorted array holds, whatever comes, moves and goes", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const blocks = new EntryBlocks();
        const block = blocks.take();
        const model: ZMember[] = [];
        for (const [i, { kind, score, at }] of steps.entries()) {
          const from = model.length === 0 ? 0 : at % model.length;
          if (kind === "in" && model.length < BLOCK_CAPACITY) {
            insert(blocks, block, model, { member: `m${i}`, score });
          } else if (kind === "out" && model.length > 0) {
            const run = Math.min(1 + (at % 3), model.length - from);
            blocks.remove(block, model.length, from, run);
            model.splice(from, run);
          } else if (kind === "move" && model.length > 0) {
            const { member } = model[from] as ZMember;
            const below = blocks.countBelow(block, model.length, score, member);
            const to = below > from ? below - 1 : below;
            blocks.move(block, from, to, score);
            model.splice(from, 1);
            model.splice(to, 0, { member, score });
          }
          expect(contents(blocks, block, model.length)).toEqual(model);
        }
        expect(contents(blocks, block, model.length, true)).toEqual(model.toReversed());
      }),
    );
  });

  test("counts below any pair, and after all of a score, also when it is full", () => {
    const blocks = new EntryBlocks();
    const block = blocks.take();
    const model: ZMember[] = [];
    for (let i = 0; i < BLOCK_CAPACITY; i++) {
      insert(blocks, block, model, {
        member: `m${i}`,
        score: [-Infinity, 1, 2, Infinity][i % 4] as number,
      });
    }
    for (const probe of [-Infinity, 0, 1, 1.5, 2, Infinity]) {
      for (const member of ["", "m2", "m33", "z"]) {
        const expected = model.filter((e) => isLess(e.score, e.member, probe, member)).length;
        expect(blocks.countBelow(block, model.length, probe, member)).toBe(expected);
      }
      const upTo = model.filter((e) => e.score <= probe).length;
      expect(blocks.countBelow(block, model.length, probe, AFTER_ALL)).toBe(upTo);
    }
    for (const [position, { score, member }] of model.entries()) {
      expect(blocks.positionOf(block, model.length, score, member)).toBe(position);
    }
  });

  test("gives the end of its entries to another one", () => {
    const blocks = new EntryBlocks();
    const [from, to] = [blocks.take(), blocks.take()];
    const model: ZMember[] = [];
    for (let i = 0; i < 10; i++) insert(blocks, from, model, { member: `m${i}`, score: i });
    blocks.transfer(from, 10, 4, to, 0);
    expect(contents(blocks, from, 6)).toEqual(model.slice(0, 6));
    expect(contents(blocks, to, 4)).toEqual(model.slice(6));
  });
});

describe("blocks", () => {
  test("are many, each by itself, and are used again once released", () => {
    const blocks = new EntryBlocks();
    const names = Array.from({ length: 5000 }, () => blocks.take());
    expect(new Set(names).size).toBe(names.length);
    for (const [i, name] of names.entries()) blocks.insert(name, 0, 0, i, `m${i}`);
    for (const [i, name] of names.entries()) expect(blocks.memberAt(name, 0)).toBe(`m${i}`);
    const last = names.at(-1) as number;
    blocks.remove(last, 1, 0, 1);
    blocks.release(last);
    expect(blocks.take()).toBe(last);
  });
});
