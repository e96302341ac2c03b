/** Checks that CONTRIBUTING.md's table of scripts lists exactly the scripts of package.json. */
import { readFileSync } from "node:fs";

const root = new URL("../", import.meta.url);
const scripts = Object.keys(
  JSON.parse(readFileSync(new URL("package.json", root), "utf8")).scripts,
);
const lines = readFileSync(new URL("CONTRIBUTING.md", root), "utf8").split("\n");

/** Script name to the line that describes it: a table row that begins "| `name` |". */
const rows = new Map();
const problems = [];
for (const [index, line] of lines.entries()) {
  const name = /^\| `([\w:-]+)` \| *\S/.exec(line)?.[1];
  if (name === undefined) continue;
  if (rows.has(name)) problems.push(`CONTRIBUTING.md:${index + 1}: \`${name}\` stands twice`);
  rows.set(name, index + 1);
}
for (const name of scripts) {
  if (!rows.has(name)) problems.push(`CONTRIBUTING.md: no row says what \`${name}\` does`);
}
for (const [name, line] of rows) {
  if (!scripts.includes(name)) {
    problems.push(`CONTRIBUTING.md:${line}: package.json has no script \`${name}\``);
  }
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
