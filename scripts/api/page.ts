import { firstSentence, summary } from "./comment-text.ts";
import { Described, isCallable, ownCalls } from "./described.ts";
import { table } from "./fields-table.ts";
import { callLink, headingOf, Links, slug } from "./links.ts";
import { commentOf, type Declaration, KIND, type Project } from "./reflection.ts";
import { section } from "./section.ts";

/** The entries in the order of the page: typedoc's name, and what is imported. */
const ENTRIES = [
  ["index", "laurel"],
  ["structures", "laurel/structures"],
  ["distributed", "laurel/distributed"],
  ["persistence", "laurel/persistence"],
  ["redis", "laurel/redis"],
  ["server", "laurel/server"],
] as const;

const INTRODUCTION = `# API

Everything that the package exports, by the path it is imported from. This page is made from the doc comments of the source (\`npm run api\`); each example in it is run by the tests.

What is described once is not said again: all caches keep one contract, [Cache](#cache), and those that rank also [LeaderboardCache](#leaderboardcache). Every call takes [CallOptions](#calloptions) last. Of a class only what it adds stands with it. N is the size of what is worked on, M the number of members or keys that are given or returned. Every error is a [CacheError](#cacheerror), and its [code](#cacheerrorcode) says which.
`;

/** The page, from typedoc's JSON. */
export function apiPage(project: Project): string {
  const links = new Links(project);
  const owners = new Described(project.children.flatMap(({ children = [] }) => children));
  const entries = ENTRIES.map(([name, path]) => {
    const entry = project.children.find((child) => child.name === name);
    if (entry === undefined) throw new Error(`Cannot write the page: ${path} must be there`);
    const declarations = (entry.children ?? []).toSorted((a, b) => rankOf(a) - rankOf(b));
    return { path, entry, declarations };
  });
  const contents = entries.map(({ path, declarations }) =>
    contentsOf(path, declarations, links, owners),
  );
  const sections = entries.map(({ path, entry, declarations }) => {
    const described = declarations.filter(({ kind }) => kind !== KIND.reference);
    const head = [`## ${path}`, summary(entry.comment, links)];
    return [...head, ...described.map((each) => section(each, links, owners))].join("\n\n");
  });
  return `${[INTRODUCTION.trim(), "## Contents", ...contents, ...sections].join("\n\n")}\n`;
}

/** What is called comes first, then what it takes and gives. */
function rankOf(declaration: Declaration): number {
  if (declaration.kind === KIND.function) return 1;
  if (declaration.kind === KIND.reference) return 3;
  return isCallable(declaration) ? 0 : 2;
}

function contentsOf(
  path: string,
  declarations: readonly Declaration[],
  links: Links,
  owners: Described,
): string {
  const rows = declarations
    .filter(({ kind }) => kind !== KIND.reference)
    .map((declaration) => {
      const calls = ownCalls(declaration, owners).map((call) => callLink(declaration, call));
      const what = firstSentence(commentOf(declaration), links);
      return [codeLink(declaration), calls.length === 0 ? what : `${what}\n${calls.join(", ")}`];
    });
  const again = declarations
    .filter(({ kind }) => kind === KIND.reference)
    .map((declaration) => codeLink(links.declarationOf(declaration.target ?? 0) ?? declaration));
  const also = again.length === 0 ? [] : [`Exported here, too: ${again.join(", ")}.`];
  const title = `[\`${path}\`](#${slug(path)})`;
  return [title, table(["name", "what it is"], rows), ...also].join("\n\n");
}

function codeLink(declaration: Declaration): string {
  return `[\`${declaration.name}\`](#${slug(headingOf(declaration))})`;
}
