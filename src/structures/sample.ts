import type { Random } from "./random.ts";

/** An integer from 0 to `limit` - 1, each as likely as any other. */
export function drawBelow(limit: number, random: Random): number {
  return Math.min(limit - 1, Math.floor(random() * limit));
}

/**
 * `count` different integers below `limit`, in no particular order, each choice as likely as any other
 * (R. Floyd's algorithm; J. Bentley and B. Floyd, "A sample of brilliance", CACM 30(9), 1987).
 * `count` is at most `limit`. O(count).
 */
export function drawDifferent(limit: number, count: number, random: Random): number[] {
  const drawn = new Set<number>();
  for (let top = limit - count; top < limit; top++) {
    const draw = drawBelow(top + 1, random);
    drawn.add(drawn.has(draw) ? top : draw);
  }
  return [...drawn];
}
