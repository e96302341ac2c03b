import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { vi } from "vitest";

/**
 * Where one test file puts the code of the page to be run and type-checked; it removes the folder, and
 * version control ignores it.
 */
export const GENERATED = fileURLToPath(
  new URL(`../generated-migration-${randomUUID()}/`, import.meta.url),
);
let files = 0;

/** Writes a module; its path. */
export function writeModule(name: string, code: string): string {
  mkdirSync(GENERATED, { recursive: true });
  const path = `${GENERATED}${name.replaceAll(/[^\w]+/g, "-")}-${files++}.ts`;
  writeFileSync(path, code);
  return path;
}

/** Runs a module to its end; what it printed, a line each. */
export async function printedBy(name: string, code: string): Promise<string[]> {
  const path = writeModule(name, code);
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  try {
    await import(path);
    return log.mock.calls.map((values) =>
      values.map((value) => (typeof value === "string" ? value : inspect(value))).join(" "),
    );
  } finally {
    log.mockRestore();
  }
}
