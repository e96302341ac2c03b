import type { Databases } from "../../../src/engine/databases.ts";

/** A key with all that is kept of it. */
export interface KeptKey {
  /** With the number of its database. */
  readonly name: string;
  readonly expiresAt: number;
  /** Its type, value or members, as one text. */
  readonly content: string;
}

/** What databases held at some instant. */
export type Data = readonly KeptKey[];

/** All that databases hold, expired keys that nobody has collected included. */
export function dataOf(databases: Pick<Databases, "entries">): Data {
  const keys: KeptKey[] = [];
  for (const [index, keyspace] of databases.entries()) {
    const names: string[] = [];
    let cursor = 0;
    do cursor = keyspace.scan(cursor, 1000, names);
    while (cursor !== 0);
    for (const name of names) {
      const slot = keyspace.lookup(name);
      if (slot === -1) continue;
      const value = keyspace.valueAt(slot);
      const content =
        typeof value === "string"
          ? `"${value}"`
          : value
              .range(0, -1)
              .map(({ member, score }) => `${member}=${Object.is(score, -0) ? "-0" : score}`)
              .join(" ");
      // A fraction of a millisecond is rounded up where it is kept.
      const expiresAt = Math.ceil(keyspace.expiresAt(slot));
      keys.push({ name: `${index}:${name}`, expiresAt, content });
    }
  }
  return keys.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** As a text, which is the same where what is alive at some time is the same. */
export function textOf(data: Data, nowMs: number): string {
  return data
    .filter(({ expiresAt }) => expiresAt > nowMs)
    .map(({ name, expiresAt, content }) => `${name} ${expiresAt} ${content}`)
    .join("\n");
}

/** The first lines in which two texts of data differ. */
export function firstDifference(expected: string, received: string): string {
  const [before, after] = [expected.split("\n"), received.split("\n")];
  const missing = before.filter((line) => !after.includes(line)).slice(0, 3);
  const unknown = after.filter((line) => !before.includes(line)).slice(0, 3);
  return `expected [${shown(missing)}], received [${shown(unknown)}]`;
}

function shown(lines: readonly string[]): string {
  return lines.map((line) => line.slice(0, 200)).join("; ");
}
