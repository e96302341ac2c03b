import { realpathSync } from "node:fs";
import { pathToFileURL } from "node:url";

/**
 * Whether the module of this URL (its `import.meta.url`) is the program that Node.js was started
 * with, and not one that another module, such as a test, has imported.
 */
export function isEntry(moduleUrl: string): boolean {
  const program = process.argv[1];
  return program !== undefined && pathToFileURL(realpathSync(program)).href === moduleUrl;
}
