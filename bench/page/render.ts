import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { readResults, type Results } from "../results.ts";
import { blockTexts, fillBlocks } from "./blocks.ts";
import { drawnCharts } from "./charts.ts";
import { benchmarksPage } from "./page.ts";

const ROOT = new URL("../../", import.meta.url);
const PAGE = "docs/benchmarks.md";

/** Makes the page, the charts and the blocks of all other pages from the results that are kept. */
export async function render(): Promise<void> {
  for (const [path, content] of await rendered(readResults())) {
    if (content === contentOf(path)) continue;
    mkdirSync(new URL(".", new URL(path, ROOT)), { recursive: true });
    writeFileSync(new URL(path, ROOT), content);
    console.log(`Written: ${path}`);
  }
}

/** What each file has to hold, by its path. */
export async function rendered(results: Results): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>([[PAGE, benchmarksPage(results)]]);
  for (const [name, svg] of await drawnCharts(results)) files.set(`docs/charts/${name}.svg`, svg);
  const texts = blockTexts(results);
  for (const path of pagesWithBlocks()) {
    files.set(path, fillBlocks(contentOf(path) as string, path, texts));
  }
  return files;
}

/** What a file of the project holds; nothing where there is none. */
export function contentOf(path: string): string | undefined {
  try {
    return readFileSync(new URL(path, ROOT), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function pagesWithBlocks(): string[] {
  const docs = readdirSync(new URL("docs/", ROOT))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`);
  return ["README.md", ...docs.toSorted()].filter((path) => path !== PAGE);
}
