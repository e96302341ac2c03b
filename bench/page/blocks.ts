import type { MachineLoad } from "../machine-load.ts";
import { PART_NAMES, type PartName } from "../parts.ts";
import type { PartResults, Results } from "../results.ts";
import { markdownTable } from "./markdown.ts";
import { targetTable, targetTables } from "./target-tables.ts";

/** What a block can show: a table with what it was measured on, or a fact inside a sentence. */
export type BlockText = { readonly table: string } | { readonly fact: string };

/** All that blocks can show, by key. */
export function blockTexts(results: Results): ReadonlyMap<string, BlockText> {
  const texts = new Map<string, BlockText>();
  const add = (key: string, text: BlockText): void => {
    if (texts.has(key)) throw new Error(`Cannot name a block: the key "${key}" is given twice`);
    texts.set(key, text);
  };
  for (const part of PART_NAMES) {
    const found = results[part];
    if (found === undefined) continue;
    for (const { key, columns, rows } of found.tables) {
      add(key, { table: `${markdownTable(columns, rows)}\n\n${caption(part, found)}` });
    }
    for (const [key, fact] of Object.entries(found.facts)) add(key, { fact });
  }
  add("targets", { table: targetTables(results) });
  for (const part of PART_NAMES) {
    const table = targetTable(part, results);
    if (table !== undefined) add(`targets-${part}`, { table });
  }
  add("versions", { table: versionTable(results) });
  return texts;
}

/** A text with its blocks filled. `name` is the file's, for errors, and tells the way to the page. */
export function fillBlocks(
  text: string,
  name: string,
  texts: ReadonlyMap<string, BlockText>,
): string {
  return text.replaceAll(
    BLOCK,
    (found: string, key?: string, content: string = "", end: string = "") => {
      if (key === undefined) return found;
      if (end === "" || content.includes("<!-- bench:")) {
        throw new Error(`Cannot fill ${name}: the block "${key}" has no end`);
      }
      const filling = texts.get(key);
      if (filling === undefined) {
        throw new Error(`Cannot fill ${name}: nothing that was measured has the key "${key}"`);
      }
      const filled = "fact" in filling ? filling.fact : `\n${pathsFrom(name, filling.table)}\n`;
      return `<!-- bench: ${key} -->${filled}${end}`;
    },
  );
}

/** A fence, which is left alone, or a block up to its end or that of the text; none within code. */
const BLOCK = /^```[^]*?^```$|(?<!`)<!-- bench: (.+?) -->([^]*?)(<!-- \/bench -->|$(?![^]))/gm;

/** Captions link to the page as seen from docs/; the other pages stand above. */
function pathsFrom(name: string, table: string): string {
  return name.startsWith("docs/")
    ? table
    : table.replaceAll("](benchmarks.md", "](docs/benchmarks.md");
}

/** The line below a table: the command that prints it, the day, the machine and the versions. */
export function caption(part: PartName, found: PartResults): string {
  return (
    `<sub>[\`npm run bench -- --only ${part}\`](benchmarks.md#${part}), ${found.measuredOn}, ` +
    `${circumstances(found)}</sub>`
  );
}

function circumstances({ machine, versions, load }: PartResults): string {
  const beside = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const { node, cores, cpu } = machine;
  const busy = load?.isBusy === true ? ["**a busy machine**"] : [];
  return [`Node.js ${node}`, ...beside, `${cores} cores of ${cpu}`, ...busy].join(", ");
}

/** What else the machine did: its load at the start, and what others took of the part's time. */
function loadCells(load: MachineLoad | undefined): string[] {
  if (load === undefined) return ["", ""];
  const { atStart, isBusy, othersShare, stolenShare } = load;
  const taken = [othersShare, stolenShare].map((share) =>
    share === undefined ? "?" : `${(share * 100).toFixed(1)} %`,
  );
  return [`${atStart.toFixed(2)}${isBusy ? ", **busy**" : ""}`, taken.join(" + ")];
}

/** Each part with its day, machine and versions. */
function versionTable(results: Results): string {
  const rows = PART_NAMES.flatMap((part) => {
    const found = results[part];
    if (found === undefined) return [];
    const { load, machine, measuredOn, tookSeconds, versions } = found;
    const beside = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
    return [
      [
        `[${part}](benchmarks.md#${part})`,
        measuredOn,
        `${tookSeconds} s`,
        `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB`,
        ...loadCells(load),
        machine.node,
        beside.join(", "),
      ],
    ];
  });
  return markdownTable(
    ["part", "day", "took", "machine", "load at the start", "others + stolen", "Node.js", "beside"],
    rows,
  );
}
