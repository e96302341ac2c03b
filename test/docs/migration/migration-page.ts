import { readFileSync } from "node:fs";

/** One fenced TypeScript block of the page. */
export interface Block {
  readonly line: number;
  readonly code: string;
  /** Stands under "Before" or "After"; else it is text that other blocks need, or a program of its own. */
  readonly role: "before" | "after" | "other";
  /** Whether it needs servers, and so is not run with the other examples of the documentation. */
  readonly isAsIs: boolean;
}

/** What stands under one heading. */
export interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
}

const PAGE = new URL("../../../docs/migration.md", import.meta.url);
const HEADING = /^#{2,} (.*)$/;
/** Whatever begins like TypeScript: what it says behind that is known, or an error. */
const FENCE = /^```(?:[tj]s|javascript|typescript)\b.*$/;
const ROLE = /^\*\*(Before|After)\*\*/;

/** The page by its headings, with its TypeScript blocks. */
export function readSections(page = readFileSync(PAGE, "utf8")): Section[] {
  const sections: { title: string; blocks: Block[] }[] = [];
  let role: Block["role"] = "other";
  const lines = page.split("\n");
  for (let i = 0; i < lines.length; i++) {
    const text = lines[i] as string;
    const fence = FENCE.exec(text);
    if (fence !== null) {
      const end = lines.indexOf("```", i);
      const isAsIs = fence[0] === "```ts as-is";
      // No other test would run it.
      if (!isAsIs && fence[0] !== "```ts") throw new Error(`line ${i + 1}: ${text} is not run`);
      const code = `${lines.slice(i + 1, end).join("\n")}\n`;
      sections.at(-1)?.blocks.push({ line: i + 1, code, role, isAsIs });
      i = end;
      role = "other";
    } else if (text !== "") {
      const title = HEADING.exec(text)?.[1];
      if (title !== undefined) sections.push({ title, blocks: [] });
      role = (ROLE.exec(text)?.[1]?.toLowerCase() as Block["role"] | undefined) ?? "other";
    }
  }
  return sections;
}

/** Each "before" with each "after" that follows it. @throws where one stands alone */
export function pairsOf({ title, blocks }: Section): { before: Block; after: Block }[] {
  const pairs: { before: Block; after: Block }[] = [];
  let before: Block | undefined;
  let answered = true;
  for (const block of blocks) {
    if (block.role === "before") {
      if (!answered) throw new Error(`${title}: a block has no "after"`);
      before = block;
      answered = false;
    } else if (block.role === "after") {
      if (before === undefined) throw new Error(`${title}: a block has no "before"`);
      pairs.push({ before, after: block });
      answered = true;
    }
  }
  if (!answered) throw new Error(`${title}: a block has no "after"`);
  return pairs;
}

/**
 * The programs that need servers and are in no pair: a block that uses what the blocks before it in its
 * section declare is one program with them.
 */
export function programOf({ blocks }: Section): string {
  return blocks
    .filter(({ isAsIs, role }) => isAsIs && role === "other")
    .map(({ code }) => code)
    .join("\n");
}

/** What the comments behind `console.log(...)` promise, line by line. */
export function promisedBy(code: string): string[] {
  return [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, text = ""]) => text);
}
