/** A run of bytes that two strings have in common, by its first and last index in each. */
export interface CommonRun {
  readonly aStart: number;
  readonly aEnd: number;
  readonly bStart: number;
  readonly bEnd: number;
}

/** What two strings have in common, in order but with gaps. */
export interface CommonSubsequence {
  readonly length: number;
  /** From the last one to the first. */
  readonly runs: readonly CommonRun[];
}

/** What {@link longestCommonSubsequence} allocates for strings of these lengths, in bytes. */
export function commonSubsequenceBytes(aLength: number, bLength: number): number {
  return (aLength + 1) * (bLength + 1) * Uint32Array.BYTES_PER_ELEMENT;
}

/**
 * The longest common subsequence of two byte strings, by dynamic programming (R. A. Wagner and M. J.
 * Fischer, "The String-to-String Correction Problem", 1974). Of several equally long ones it is the
 * one that Redis' LCS chooses: looking from the end, it gives up a byte of `b` where it may. O(n × m)
 * time and memory.
 * @throws {RangeError} when the table cannot be allocated
 */
export function longestCommonSubsequence(a: string, b: string): CommonSubsequence {
  const aBytes = Buffer.from(a, "latin1");
  const bBytes = Buffer.from(b, "latin1");
  const lengths = lengthTable(aBytes, bBytes);
  return { length: lengths[lengths.length - 1] as number, runs: runsOf(aBytes, bBytes, lengths) };
}

/** The subsequence itself, given the first of its two strings. O(length). */
export function textOf({ runs }: CommonSubsequence, a: string): string {
  return runs
    .map(({ aStart, aEnd }) => a.slice(aStart, aEnd + 1))
    .reverse()
    .join("");
}

/** By rows of `b.length` + 1: at (i, j) the length for the first i bytes of `a`, j of `b`. */
function lengthTable(a: Uint8Array, b: Uint8Array): Uint32Array {
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  for (let i = 1; i <= a.length; i++) {
    const byte = a[i - 1];
    const row = i * width;
    let left = 0;
    for (let j = 1; j < width; j++) {
      const above = row - width + j;
      const up = lengths[above] as number;
      if (b[j - 1] === byte) left = (lengths[above - 1] as number) + 1;
      else if (up > left) left = up;
      lengths[row + j] = left;
    }
  }
  return lengths;
}

/** Walks from the end of both strings to the beginning of one. */
function runsOf(a: Uint8Array, b: Uint8Array, lengths: Uint32Array): CommonRun[] {
  const width = b.length + 1;
  const runs: CommonRun[] = [];
  let i = a.length;
  let j = b.length;
  while (i > 0 && j > 0) {
    let run = 0;
    while (run < i && run < j && a[i - 1 - run] === b[j - 1 - run]) run++;
    if (run > 0) runs.push({ aStart: i - run, aEnd: i - 1, bStart: j - run, bEnd: j - 1 });
    i -= run;
    j -= run;
    if (i === 0 || j === 0) break;
    const withoutA = lengths[(i - 1) * width + j] as number;
    const withoutB = lengths[i * width + j - 1] as number;
    if (withoutA > withoutB) i--;
    else j--;
  }
  return runs;
}
