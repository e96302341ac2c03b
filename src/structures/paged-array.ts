/**
 * Columns that grow a page at a time.
 *
 * An array of millions of entries that doubles copies megabytes at once and stands half empty
 * after it. Pages bound both: growing allocates one page, nothing is copied but the very first
 * page (which doubles, so that small tables stay small), and at most one page is unused. The price
 * is one more load, from a short directory, for each access.
 *
 * `get` and `set` are written out in each class: V8 collects type feedback by function, so one
 * shared body over several kinds of page would make all of them slow.
 */

const PAGE_BITS = 11;
/** Entries of a full page. */
export const PAGE_ENTRIES = 1 << PAGE_BITS;
const PAGE_MASK = PAGE_ENTRIES - 1;
const FIRST_PAGE_ENTRIES_MIN = 16;

abstract class PagedColumn<Page extends { readonly length: number }> {
  protected readonly pages: Page[] = [];
  #capacity = 0;

  /** How many entries have room; indices are below it. */
  get capacity(): number {
    return this.#capacity;
  }

  /** Makes room for at least `entries`. O(1) beside the allocation of pages. */
  ensure(entries: number): void {
    while (this.#capacity < entries) this.#grow();
  }

  /** Gives back the whole pages behind the first `entries`. */
  trim(entries: number): void {
    while (this.pages.length > 1 && this.#capacity - PAGE_ENTRIES >= entries) {
      this.pages.pop();
      this.#capacity -= PAGE_ENTRIES;
    }
  }

  /** A page of `entries`, whose beginning is `former` where there is one. */
  protected abstract newPage(entries: number, former?: Page): Page;

  #grow(): void {
    const first = this.pages[0];
    if (first === undefined) {
      this.pages.push(this.newPage(FIRST_PAGE_ENTRIES_MIN));
      this.#capacity = FIRST_PAGE_ENTRIES_MIN;
    } else if (first.length < PAGE_ENTRIES) {
      this.pages[0] = this.newPage(first.length * 2, first);
      this.#capacity = first.length * 2;
    } else {
      this.pages.push(this.newPage(PAGE_ENTRIES));
      this.#capacity += PAGE_ENTRIES;
    }
  }
}

/** A paged column of 32-bit signed integers; new entries are 0. */
export class PagedInt32 extends PagedColumn<Int32Array> {
  /** The entry at `index`, which must be below the capacity. O(1). */
  get(index: number): number {
    return (this.pages[index >> PAGE_BITS] as Int32Array)[index & PAGE_MASK] as number;
  }

  /** Overwrites the entry at `index`, which must be below the capacity. O(1). */
  set(index: number, value: number): void {
    (this.pages[index >> PAGE_BITS] as Int32Array)[index & PAGE_MASK] = value;
  }

  protected override newPage(entries: number, former?: Int32Array): Int32Array {
    const page = new Int32Array(entries);
    if (former !== undefined) page.set(former);
    return page;
  }
}

/** A paged column of doubles; new entries are 0. */
export class PagedFloat64 extends PagedColumn<Float64Array> {
  /** The entry at `index`, which must be below the capacity. O(1). */
  get(index: number): number {
    return (this.pages[index >> PAGE_BITS] as Float64Array)[index & PAGE_MASK] as number;
  }

  /** Overwrites the entry at `index`, which must be below the capacity. O(1). */
  set(index: number, value: number): void {
    (this.pages[index >> PAGE_BITS] as Float64Array)[index & PAGE_MASK] = value;
  }

  protected override newPage(entries: number, former?: Float64Array): Float64Array {
    const page = new Float64Array(entries);
    if (former !== undefined) page.set(former);
    return page;
  }
}

/** A paged column of references; new entries are `undefined`. */
export class PagedRefs<T> extends PagedColumn<(T | undefined)[]> {
  /** The entry at `index`, which must be below the capacity. O(1). */
  get(index: number): T | undefined {
    return (this.pages[index >> PAGE_BITS] as (T | undefined)[])[index & PAGE_MASK];
  }

  /** Overwrites the entry at `index`, which must be below the capacity. O(1). */
  set(index: number, value: T | undefined): void {
    (this.pages[index >> PAGE_BITS] as (T | undefined)[])[index & PAGE_MASK] = value;
  }

  protected override newPage(entries: number, former?: (T | undefined)[]): (T | undefined)[] {
    const page = new Array<T | undefined>(entries).fill(undefined);
    if (former !== undefined) for (let i = 0; i < former.length; i++) page[i] = former[i];
    return page;
  }
}

/** Two integers and a double, in 16 bytes that share a cache line. */
class RecordPage {
  readonly length: number;
  readonly ints: Int32Array;
  readonly doubles: Float64Array;

  constructor(length: number) {
    this.length = length;
    this.ints = new Int32Array(length * 4);
    this.doubles = new Float64Array(this.ints.buffer);
  }
}

/** A paged column of records: the integers 0 and 1, and one double; new entries are 0. */
export class PagedRecords extends PagedColumn<RecordPage> {
  /** Integer 0 or 1 of the record at `index`. O(1). */
  int(index: number, field: 0 | 1): number {
    const page = this.pages[index >> PAGE_BITS] as RecordPage;
    return page.ints[(index & PAGE_MASK) * 4 + field] as number;
  }

  /** Overwrites integer 0 or 1 of the record at `index`. O(1). */
  setInt(index: number, field: 0 | 1, value: number): void {
    const page = this.pages[index >> PAGE_BITS] as RecordPage;
    page.ints[(index & PAGE_MASK) * 4 + field] = value;
  }

  /** The double of the record at `index`. O(1). */
  double(index: number): number {
    const page = this.pages[index >> PAGE_BITS] as RecordPage;
    return page.doubles[(index & PAGE_MASK) * 2 + 1] as number;
  }

  /** Overwrites the double of the record at `index`. O(1). */
  setDouble(index: number, value: number): void {
    const page = this.pages[index >> PAGE_BITS] as RecordPage;
    page.doubles[(index & PAGE_MASK) * 2 + 1] = value;
  }

  protected override newPage(entries: number, former?: RecordPage): RecordPage {
    const page = new RecordPage(entries);
    if (former !== undefined) page.ints.set(former.ints);
    return page;
  }
}
