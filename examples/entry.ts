import { existsSync, realpathSync } from "node:fs";
import { join, parse } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Whether the module of this URL (its `import.meta.url`) is the program that Node.js was started
 * with, and not one that another module, such as a test, has imported.
 */
export function isEntry(moduleUrl: string): boolean {
  const [, program] = process.argv;
  if (program === undefined) return false;
  const path = fileURLToPath(moduleUrl);
  const { dir, name } = parse(path);
  // A program may be named without its extension; then its path need not exist.
  const started = existsSync(program) ? realpathSync(program) : program;
  return started === path || started === join(dir, name);
}
