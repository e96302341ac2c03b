/**
 * Writes docs/api.md from the doc comments of what the package exports: `npm run api`. They are read by
 * typedoc, which stands in a folder of its own, scripts/api/, with the TypeScript that it needs.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { argv, execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { apiPage } from "./api/page.ts";
import type { Project } from "./api/reflection.ts";

/** Where the page stands. */
export const API_PAGE = new URL("../docs/api.md", import.meta.url);
/** What installs typedoc. */
export const INSTALL_TYPEDOC = "npm ci --prefix scripts/api";

const folder = fileURLToPath(new URL("api/", import.meta.url));
const typedoc = join(folder, "node_modules/typedoc/bin/typedoc");

/** Whether the page can be made here. */
export function hasTypedoc(): boolean {
  return existsSync(typedoc);
}

/** The page, made anew. Some ten seconds. */
export function writtenAnew(): string {
  const directory = mkdtempSync(join(tmpdir(), "laurel-api-"));
  try {
    const json = join(directory, "api.json");
    const options = join(folder, "typedoc.json");
    execFileSync(execPath, [typedoc, "--options", options, "--json", json], { stdio: "inherit" });
    return apiPage(JSON.parse(readFileSync(json, "utf8")) as Project);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  if (hasTypedoc()) writeFileSync(API_PAGE, writtenAnew());
  else {
    console.error(`Cannot write docs/api.md: typedoc must be installed: ${INSTALL_TYPEDOC}`);
    process.exitCode = 1;
  }
}
