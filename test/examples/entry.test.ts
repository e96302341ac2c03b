import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterEach, expect, test } from "vitest";
import { isEntry } from "../../examples/entry.ts";

const examples = fileURLToPath(new URL("../../examples/", import.meta.url));
const filmsUrl = pathToFileURL(join(examples, "films.ts")).href;
const started = [...process.argv];

afterEach(() => {
  process.argv = started;
});

/** What `isEntry` says of films.ts in a process with these arguments. */
function isFilms(...programs: string[]): boolean {
  process.argv = [process.execPath, ...programs];
  return isEntry(filmsUrl);
}

test("the module that Node.js was started with is the program, others are not", () => {
  expect(isFilms(join(examples, "films.ts"))).toBe(true);
  expect(isFilms(join(examples, "serve.ts"))).toBe(false);
});

test("a program may be named by a link", () => {
  const folder = mkdtempSync(join(tmpdir(), "laurel-entry-"));
  try {
    symlinkSync(join(examples, "films.ts"), join(folder, "link.ts"));
    expect(isFilms(join(folder, "link.ts"))).toBe(true);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a program may be named without its extension, also where a folder has that name", () => {
  expect(isFilms(join(examples, "films"))).toBe(true);
  expect(isFilms(join(examples, "serve"))).toBe(false);
});

test("where there is no such file, or no program at all, no module is the program", () => {
  expect(isFilms(join(examples, "app/main"))).toBe(false);
  expect(isFilms("-")).toBe(false);
  expect(isFilms()).toBe(false);
});

test("an example that is started without its extension runs", () => {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["--import", "tsx", join(examples, "rate-limiter")],
    { encoding: "utf8", timeout: 60_000 },
  );
  expect(stderr).toBe("");
  expect(stdout).toContain("=== Rate Limiter Example ===");
});
