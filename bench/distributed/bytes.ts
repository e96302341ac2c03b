import { type Report, whole } from "../report.ts";
import { inChild } from "./child.ts";

const KEYS = 400_000;

const HELD = [
  ["quiet keys", "a key in quiet"],
  ["dirty keys", "a key that a node missed, its name of 18 bytes included"],
  ["moved keys", "a key that was handed over, until the end of the move"],
] as const;

/** What a coordinator holds for keys, beside what its nodes do. */
export async function benchBytes(report: Report): Promise<void> {
  const rows: string[][] = [];
  for (const [what, title] of HELD) {
    const { bytes, keys } = await inChild({ kind: "held", what, keys: KEYS });
    rows.push([title, whole(keys), (bytes / keys).toFixed(1)]);
    report.figure(`bytes a coordinator holds, ${what}`, bytes / keys);
  }
  report.table(
    "coordinator-bytes",
    "Bytes that a coordinator holds",
    ["for", "keys", "bytes each"],
    rows,
  );
}
