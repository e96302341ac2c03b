import { PART_NAMES, type PartName } from "../parts.ts";
import type { PartResults, Results } from "../results.ts";
import { blockTexts, caption } from "./blocks.ts";
import { CHARTS } from "./charts.ts";
import { markdownTable } from "./markdown.ts";
import { INTRODUCTION, METHOD, SECTIONS, TARGETS_INTRODUCTION } from "./prose.ts";

/** `docs/benchmarks.md`: how it is measured, what was promised, and a section for each part. */
export function benchmarksPage(results: Results): string {
  const texts = blockTexts(results);
  const table = (key: string): string => {
    const text = texts.get(key);
    return text !== undefined && "table" in text ? text.table : "";
  };
  const sections = PART_NAMES.flatMap((part) => {
    const found = results[part];
    return found === undefined ? [] : [section(part, found)];
  });
  const paragraphs = [
    INTRODUCTION,
    "## Machine and versions",
    table("versions"),
    METHOD,
    "## Targets",
    TARGETS_INTRODUCTION,
    table("targets"),
    ...sections,
  ];
  return `${paragraphs.join("\n\n")}\n`;
}

function section(part: PartName, found: PartResults): string {
  const { title, text } = SECTIONS[part];
  const charts = CHARTS.filter(
    (chart) => chart.part === part && found.points[chart.name] !== undefined,
  ).map(({ name, text }) => `![${text}](charts/${name}.svg)`);
  const tables = found.tables.map(
    ({ title, columns, rows, key }) =>
      `### ${title}\n\n<!-- the key of this table: ${key} -->\n\n${markdownTable(columns, rows)}`,
  );
  const head = `<a id="${part}"></a>\n\n## ${title}`;
  return [head, text, caption(part, found), ...charts, ...tables].join("\n\n");
}
