import { describe, expect, test } from "vitest";
import { HEAD, LEVELS_MAX, Towers } from "./towers.ts";

describe("towers", () => {
  test("stand apart, each with its block and height, however many there are", () => {
    const towers = new Towers();
    const taken = Array.from({ length: 2000 }, (_, i) => towers.take(1 + (i % LEVELS_MAX), i));
    for (const [i, tower] of taken.entries()) {
      for (let level = 0; level < towers.height(tower); level++) {
        towers.setNext(tower, level, i, i / 2);
        towers.setSpan(tower, level, i + level);
      }
      towers.setPrevious(tower, i);
    }
    for (const [i, tower] of taken.entries()) {
      const top = towers.height(tower) - 1;
      expect(top).toBe(i % LEVELS_MAX);
      expect([towers.block(tower), towers.previous(tower)]).toEqual([i, i]);
      expect([towers.next(tower, top), towers.separator(tower, top)]).toEqual([i, i / 2]);
      expect([towers.count(tower), towers.span(tower, top)]).toEqual([i, i + top]);
    }
  });

  test("leave the head alone, which has every level", () => {
    const towers = new Towers();
    towers.setNext(HEAD, LEVELS_MAX - 1, 7, 1);
    towers.take(LEVELS_MAX, 1);
    expect(towers.next(HEAD, LEVELS_MAX - 1)).toBe(7);
  });

  test("are used again by their height once unlinked", () => {
    const towers = new Towers();
    const [low, high] = [towers.take(1, 0), towers.take(5, 1)];
    towers.resetPath();
    towers.link(low, 0, 1, 0);
    towers.resetPath();
    towers.link(high, 0, 0, 0);
    expect([towers.next(HEAD, 0), towers.last, towers.levels]).toEqual([high, low, 5]);
    towers.resetPath();
    towers.unlink(high);
    expect([towers.next(HEAD, 0), towers.last, towers.levels]).toEqual([low, low, 1]);
    towers.resetPath();
    towers.unlink(low);
    expect(towers.last).toBe(HEAD);
    expect(towers.take(5, 2)).toBe(high);
    expect(towers.take(1, 3)).toBe(low);
    expect(towers.block(high)).toBe(2);
  });
});
