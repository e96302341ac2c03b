/** The first byte of a payload: which type follows, and in which encoding. */
export const STRING = 0;
export const SORTED_SET_TEXT_SCORES = 3;
export const SORTED_SET_BINARY_SCORES = 5;
export const SORTED_SET_ZIPLIST = 12;
export const SORTED_SET_LISTPACK = 17;

const OTHER_TYPES: ReadonlyMap<number, string> = new Map([
  [1, "list"],
  [2, "set"],
  [4, "hash"],
  [6, "module"],
  [7, "module"],
  [9, "hash"],
  [10, "list"],
  [11, "set"],
  [13, "hash"],
  [14, "list"],
  [15, "stream"],
  [16, "hash"],
  [18, "list"],
  [19, "stream"],
  [20, "set"],
  [21, "stream"],
]);

/**
 * The name of a type of Redis that is not kept here, as TYPE gives it; undefined: there is none.
 */
export function otherTypeName(type: number): string | undefined {
  return OTHER_TYPES.get(type);
}
