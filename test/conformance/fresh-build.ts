import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** A build of the sources as they are now, in a folder of its own; gone when it is disposed of. */
export interface FreshBuild extends AsyncDisposable {
  /** The command line's entry. */
  readonly main: string;
  readonly folder: string;
}

/** Builds into a temporary folder: `dist/`, where there is one, may be older than the sources. */
export async function freshBuild(): Promise<FreshBuild> {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const folder = await mkdtemp(join(tmpdir(), "laurel-build-"));
  const dist = join(folder, "dist");
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await mkdir(dist);
    await cp(join(root, "package.json"), join(folder, "package.json"));
    await symlink(join(root, "node_modules"), join(folder, "node_modules"));
    await compile(root, dist);
  } catch (error) {
    await remove();
    throw error;
  }
  return { main: join(dist, "cli/main.js"), folder, [Symbol.asyncDispose]: remove };
}

async function compile(root: string, dist: string): Promise<void> {
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const project = join(root, "tsconfig.build.json");
  try {
    await promisify(execFile)(process.execPath, [compiler, "-p", project, "--outDir", dist]);
  } catch (error) {
    // The compiler says on its standard output what is wrong.
    const reason = (error as { stdout?: string }).stdout ?? "";
    throw new Error(`Cannot build Laurel: the sources must compile: ${reason}`, { cause: error });
  }
}
