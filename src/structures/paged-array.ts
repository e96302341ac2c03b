/**
 * Columns that grow without ever being copied as a whole.
 *
 * An array of millions of entries that doubles copies megabytes at once and stands half empty
 * after it. Pages bound both: only the last page grows, by a quarter, until it is full, and then
 * the next one begins. Full pages are large, so that the directory of a column of millions stays
 * in the processor's nearest cache; the price is that one more load for each access.
 *
 * `get` and `set` are written out in each class: V8 collects type feedback by function, so one
 * shared body over several kinds of page would make all of them slow.
 */

const PAGE_BITS = 14;
/** Entries of a full page. */
export const PAGE_ENTRIES = 1 << PAGE_BITS;
const PAGE_MASK = PAGE_ENTRIES - 1;
/** The first page begins small, as most tables are, and doubles while it is. */
const FIRST_PAGE_ENTRIES = 16;
const DOUBLING_ENTRIES_MAX = 512;
const LATER_PAGE_ENTRIES = 2048;

const RECORD_INTS = 4;
const RECORD_DOUBLES = 2;

abstract class PagedColumn<Page> {
  protected readonly pages: Page[] = [];
  /** Entries of the last page; all others are full. */
  #lastEntries = 0;
  #capacity = 0;

  /** How many entries have room; indices are below it. */
  get capacity(): number {
    return this.#capacity;
  }

  /** Makes room for at least `entries`. O(1), amortised. */
  ensure(entries: number): void {
    while (this.#capacity < entries) this.#grow();
  }

  /**
   * Gives back the whole pages behind the first `entries`, but one: a column whose size goes to and
   * fro over the end of a page must not allocate it each time.
   */
  trim(entries: number): void {
    while (this.pages.length > 1 && (this.pages.length - 2) * PAGE_ENTRIES >= entries) {
      this.pages.pop();
      this.#lastEntries = PAGE_ENTRIES;
      this.#capacity = this.pages.length * PAGE_ENTRIES;
    }
  }

  /** Page number `at`, with room for `entries`; it begins with `former` where there is one. */
  protected abstract newPage(entries: number, former: Page | undefined, at: number): Page;

  #grow(): void {
    const isFull = this.pages.length === 0 || this.#lastEntries === PAGE_ENTRIES;
    const at = isFull ? this.pages.length : this.pages.length - 1;
    this.#lastEntries = isFull ? firstEntries(at) : grown(this.#lastEntries);
    this.pages[at] = this.newPage(this.#lastEntries, isFull ? undefined : this.pages[at], at);
    this.#capacity = at * PAGE_ENTRIES + this.#lastEntries;
  }
}

function firstEntries(page: number): number {
  return page === 0 ? FIRST_PAGE_ENTRIES : LATER_PAGE_ENTRIES;
}

function grown(entries: number): number {
  const more = entries < DOUBLING_ENTRIES_MAX ? entries : entries >> 2;
  return Math.min(PAGE_ENTRIES, entries + more);
}

/** A paged column of 32-bit signed integers; new pages are 0. */
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

/** A paged column of doubles; new pages are 0. */
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

/** A paged column of references; new pages are `undefined`. */
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

/**
 * A paged column of records of 16 bytes, two integers and a double that share a line of the
 * processor's cache; new pages are 0.
 */
export class PagedRecords extends PagedColumn<Int32Array> {
  /** The pages again, as doubles. */
  readonly #doubles: Float64Array[] = [];

  /** Integer 0 or 1 of the record at `index`. O(1). */
  int(index: number, field: 0 | 1): number {
    const page = this.pages[index >> PAGE_BITS] as Int32Array;
    return page[(index & PAGE_MASK) * RECORD_INTS + field] as number;
  }

  /** Overwrites integer 0 or 1 of the record at `index`. O(1). */
  setInt(index: number, field: 0 | 1, value: number): void {
    const page = this.pages[index >> PAGE_BITS] as Int32Array;
    page[(index & PAGE_MASK) * RECORD_INTS + field] = value;
  }

  /** The double of the record at `index`. O(1). */
  double(index: number): number {
    const page = this.#doubles[index >> PAGE_BITS] as Float64Array;
    return page[(index & PAGE_MASK) * RECORD_DOUBLES + 1] as number;
  }

  /** Overwrites the double of the record at `index`. O(1). */
  setDouble(index: number, value: number): void {
    const page = this.#doubles[index >> PAGE_BITS] as Float64Array;
    page[(index & PAGE_MASK) * RECORD_DOUBLES + 1] = value;
  }

  override trim(entries: number): void {
    super.trim(entries);
    this.#doubles.length = this.pages.length;
  }

  protected override newPage(
    entries: number,
    former: Int32Array | undefined,
    at: number,
  ): Int32Array {
    const page = new Int32Array(entries * RECORD_INTS);
    if (former !== undefined) page.set(former);
    this.#doubles[at] = new Float64Array(page.buffer);
    return page;
  }
}
