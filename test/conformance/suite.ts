import { execFile, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** The machine lacks what the suite needs; the message says how to get it. */
export class MissingTools extends Error {}

/** What the tables beside this file were measured with: another version has other cases. */
const VERSION_WANTED = "7.0.";
const GET_SUITE_MS_MAX = 120_000;
const HOW_TO_GET_IT =
  "on Debian, `apt-get install tcl` gives tclsh, and the suite comes from the source package of " +
  "redis 7.0, for which apt needs to reach an archive; or name an unpacked Redis 7.0 in REDIS_SRC";

/**
 * The folder of a Redis 7.0 source, which holds Redis' own Tcl suite: that of `REDIS_SRC`, or
 * Debian's source package, unpacked once into the temporary folder. Throws `MissingTools` where
 * tclsh or the source cannot be had, and refuses a source of another version.
 */
export async function provideSuite(): Promise<string> {
  if (!["tclsh8.6", "tclsh"].some(runs)) {
    throw new MissingTools(`Cannot run Redis' suite: tclsh is missing: ${HOW_TO_GET_IT}`);
  }
  const directory = process.env["REDIS_SRC"] ?? (await unpackedPackage());
  const version = versionOf(directory);
  if (!version.startsWith(VERSION_WANTED)) {
    throw new Error(
      `Cannot run Redis' suite: the source must be a ${VERSION_WANTED}x: ` +
        `received ${version} in ${directory}`,
    );
  }
  return directory;
}

function runs(program: string): boolean {
  return spawnSync(program, { input: "exit 0" }).status === 0;
}

async function unpackedPackage(): Promise<string> {
  const directory = join(tmpdir(), "laurel-redis-suite");
  if (existsSync(directory)) return directory;
  // Renamed when it is whole: nobody finds half of it, and two runs may fetch it at once.
  const unfinished = `${directory}.${process.pid}`;
  const script = fileURLToPath(new URL("get-suite.sh", import.meta.url));
  try {
    await promisify(execFile)("bash", [script, unfinished], { timeout: GET_SUITE_MS_MAX });
    await rename(unfinished, directory);
  } catch (error) {
    if (!existsSync(directory)) {
      const reason = `its source package cannot be had: ${HOW_TO_GET_IT}`;
      throw new MissingTools(`Cannot run Redis' suite: ${reason}`, { cause: error });
    }
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return directory;
}

function versionOf(directory: string): string {
  const header = join(directory, "src/version.h");
  const text = existsSync(header) ? readFileSync(header, "utf8") : "";
  return /#define REDIS_VERSION "([^"]+)"/.exec(text)?.[1] ?? "no src/version.h";
}
