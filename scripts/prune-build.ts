/**
 * Takes out of `dist/` what no user can reach: the package exports its entries alone, so declarations that
 * no entry's types lead to, and modules that held nothing but types, are ballast.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";

/** What says where a package begins, of its package.json. */
interface Manifest {
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}

/** The static and dynamic imports, re-exports, and types by `import("./file")`, of the package's own files. */
const OWN_IMPORT = /\b(?:from|import)\s*\(?\s*"(\.{1,2}\/[^"]+)"/g;
const DECLARATION = ".d.ts";
const MODULE = ".js";

/** The files of a built package that its entries lead to, entries included, relative to its folder. */
export function neededFiles(root: string): Set<string> {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;
  const entries = [
    ...Object.values(manifest.bin),
    ...Object.values(manifest.exports).flatMap((target) =>
      typeof target === "string" ? [target] : Object.values(target),
    ),
  ].map((path) => join(root, path));
  const files = [DECLARATION, MODULE].flatMap((ending) => closure(entries, ending));
  return new Set(files.map((file) => relative(root, file)));
}

/** Those of these files that have this ending, and all that they import, directly or not. */
function closure(entries: readonly string[], ending: string): string[] {
  const found = new Set(entries.filter((entry) => entry.endsWith(ending)));
  // A set goes on to what is added while it is walked.
  for (const file of found) {
    for (const [, path] of readFileSync(file, "utf8").matchAll(OWN_IMPORT)) {
      const imported = join(dirname(file), (path ?? "").replace(/\.[jt]s$/, ending));
      // An example in a comment may import what is not there.
      if (existsSync(imported)) found.add(imported);
    }
  }
  return Array.from(found);
}

function prune(root: string): void {
  const needed = neededFiles(root);
  for (const entry of readdirSync(join(root, "dist"), { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !needed.has(relative(root, path))) rmSync(path);
  }
}

if (argv[1] === fileURLToPath(import.meta.url))
  prune(fileURLToPath(new URL("../", import.meta.url)));
