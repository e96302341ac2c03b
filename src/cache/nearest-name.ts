/**
 * The name that a mistyped one most likely meant; `undefined` where none is near. O(n * length²).
 */
export function nearestName(mistyped: string, names: readonly string[]): string | undefined {
  // As many slips as one makes: a letter or two, more in a long name.
  let leastSlips = Math.max(2, Math.floor(mistyped.length / 4)) + 1;
  let nearest: string | undefined;
  for (const name of names) {
    const slips = editDistance(mistyped, name);
    if (slips >= leastSlips) continue;
    leastSlips = slips;
    nearest = name;
  }
  return nearest;
}

/** How many letters must be put in, taken out or exchanged (Levenshtein, 1965). */
export function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const exchanged = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(exchanged, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
