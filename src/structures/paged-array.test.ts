import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PAGE_ENTRIES, PagedFloat64, PagedInt32, PagedRecords, PagedRefs } from "./paged-array.ts";

/** A column of one kind, its entries read and written as the numbers that they stand for. */
interface Column {
  readonly column: PagedInt32 | PagedFloat64 | PagedRefs<string> | PagedRecords;
  readonly get: (index: number) => number | undefined;
  readonly set: (index: number, value: number) => void;
}

const kinds: Readonly<Record<string, () => Column>> = {
  PagedInt32: () => {
    const column = new PagedInt32();
    return { column, get: (i) => column.get(i), set: (i, value) => column.set(i, value) };
  },
  PagedFloat64: () => {
    const column = new PagedFloat64();
    return { column, get: (i) => column.get(i), set: (i, value) => column.set(i, value) };
  },
  PagedRefs: () => {
    const column = new PagedRefs<string>();
    return {
      column,
      get: (i) => (column.get(i) === undefined ? 0 : Number(column.get(i))),
      set: (i, value) => column.set(i, String(value)),
    };
  },
  "PagedRecords, integer 0": () => {
    const column = new PagedRecords();
    return { column, get: (i) => column.int(i, 0), set: (i, value) => column.setInt(i, 0, value) };
  },
  "PagedRecords, integer 1": () => {
    const column = new PagedRecords();
    return { column, get: (i) => column.int(i, 1), set: (i, value) => column.setInt(i, 1, value) };
  },
  "PagedRecords, double": () => {
    const column = new PagedRecords();
    return { column, get: (i) => column.double(i), set: (i, value) => column.setDouble(i, value) };
  },
};

describe.each(Object.entries(kinds))("%s", (_name, make) => {
  test("has no room at first", () => {
    const { column } = make();
    expect(column.capacity).toBe(0);
  });

  test("doubles while it is small, then grows by a quarter of its last page, and loses nothing", () => {
    const { column, get, set } = make();
    const capacities: number[] = [];
    for (let i = 0; i < 2 * PAGE_ENTRIES + 1; i++) {
      column.ensure(i + 1);
      if (capacities.at(-1) !== column.capacity) capacities.push(column.capacity);
      set(i, i + 1);
    }
    expect(capacities.slice(0, 8)).toEqual([16, 32, 64, 128, 256, 512, 640, 800]);
    expect(capacities).toContain(PAGE_ENTRIES);
    expect(capacities).toContain(2 * PAGE_ENTRIES);
    for (const [i, capacity] of capacities.entries()) {
      const before = capacities[i - 1] ?? 0;
      if (before >= 512) expect(capacity - before).toBeLessThanOrEqual(PAGE_ENTRIES / 4);
    }
    const lost = Array.from({ length: 2 * PAGE_ENTRIES + 1 }, (_, i) => i).filter(
      (i) => get(i) !== i + 1,
    );
    expect(lost).toEqual([]);
  });

  test("makes room for many at once, all of it empty", () => {
    const { column, get } = make();
    column.ensure(PAGE_ENTRIES + 1);
    expect(column.capacity).toBeGreaterThan(PAGE_ENTRIES);
    expect(
      Array.from({ length: column.capacity }, (_, i) => get(i)).every((one) => one === 0),
    ).toBe(true);
  });

  test("ensures nothing that is there already", () => {
    const { column } = make();
    column.ensure(20);
    const { capacity } = column;
    column.ensure(1);
    column.ensure(20);
    expect(column.capacity).toBe(capacity);
  });

  test("gives back whole pages behind what is kept, but one to spare, and never the first", () => {
    const { column, get, set } = make();
    column.ensure(4 * PAGE_ENTRIES);
    set(0, 7);
    set(PAGE_ENTRIES, 8);
    column.trim(PAGE_ENTRIES + 1);
    expect(column.capacity).toBe(3 * PAGE_ENTRIES);
    column.trim(PAGE_ENTRIES);
    expect(column.capacity).toBe(2 * PAGE_ENTRIES);
    expect([get(0), get(PAGE_ENTRIES)]).toEqual([7, 8]);
    column.trim(0);
    expect(column.capacity).toBe(PAGE_ENTRIES);
    expect(get(0)).toBe(7);
  });

  test("allocates nothing where a size goes to and fro over the end of a page", () => {
    const { column } = make();
    column.ensure(PAGE_ENTRIES + 1);
    const { capacity } = column;
    for (let i = 0; i < 3; i++) {
      column.trim(PAGE_ENTRIES);
      expect(column.capacity).toBe(capacity);
      column.ensure(PAGE_ENTRIES + 1);
    }
  });

  test("is empty again where it grows after a page was given back", () => {
    const { column, get, set } = make();
    column.ensure(2 * PAGE_ENTRIES);
    set(PAGE_ENTRIES + 3, 9);
    column.trim(0);
    column.ensure(2 * PAGE_ENTRIES);
    expect(get(PAGE_ENTRIES + 3)).toBe(0);
  });

  test("holds what a plain array holds", () => {
    const write = fc.tuple(fc.nat({ max: 3 * PAGE_ENTRIES - 1 }), fc.integer());
    fc.assert(
      fc.property(fc.array(write), (writes) => {
        const { column, get, set } = make();
        const plain = new Map<number, number>();
        for (const [index, value] of writes) {
          column.ensure(index + 1);
          set(index, value);
          plain.set(index, value);
        }
        for (const [index, value] of plain) expect(get(index)).toBe(value);
      }),
      { numRuns: 50 },
    );
  });
});

test("the fields of a record do not touch each other, nor the records beside it", () => {
  const records = new PagedRecords();
  records.ensure(PAGE_ENTRIES + 2);
  for (const index of [0, 1, 15, PAGE_ENTRIES - 1, PAGE_ENTRIES, PAGE_ENTRIES + 1]) {
    records.setInt(index, 0, index);
    records.setInt(index, 1, -1 - index);
    records.setDouble(index, index + 0.25);
  }
  for (const index of [0, 1, 15, PAGE_ENTRIES - 1, PAGE_ENTRIES, PAGE_ENTRIES + 1]) {
    expect(records.int(index, 0)).toBe(index);
    expect(records.int(index, 1)).toBe(-1 - index);
    expect(records.double(index)).toBe(index + 0.25);
  }
});

test("a double keeps what an integer cannot hold", () => {
  const records = new PagedRecords();
  records.ensure(1);
  for (const number of [-0, Infinity, -Infinity, Number.MIN_VALUE, 2 ** 53]) {
    records.setDouble(0, number);
    expect(records.double(0)).toBe(number);
  }
});
