import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { InstalledPackage } from "./installed-package.ts";
import { run } from "./program.ts";

const COMPILER = pathOf("node_modules/typescript/bin/tsc");
/** Whose compilers read the types. The older one takes its time: it is asked half as much. */
const COMPILERS = [
  {
    name: "TypeScript 7",
    path: COMPILER,
    projects: [
      { resolution: "nodenext", hasClients: false },
      { resolution: "nodenext", hasClients: true },
      { resolution: "bundler", hasClients: false },
      { resolution: "bundler", hasClients: true },
    ],
  },
  {
    name: "TypeScript 6",
    path: pathOf("scripts/api/node_modules/typescript/bin/tsc"),
    projects: [
      { resolution: "nodenext", hasClients: false },
      { resolution: "bundler", hasClients: true },
    ],
  },
] as const;

/** As strict as a user may be; and the declarations of the package are checked, too. */
const STRICT = {
  target: "ES2022",
  types: ["node"],
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noPropertyAccessFromIndexSignature: true,
  skipLibCheck: false,
  allowJs: true,
  checkJs: true,
};
const RESOLUTIONS = {
  nodenext: { module: "nodenext", moduleResolution: "nodenext" },
  bundler: { module: "preserve", moduleResolution: "bundler" },
} as const;
/** A compiler may have to share the machine. */
const COMPILING_MS_MAX = 120_000;
const PROGRAMS = ["*.ts", "*.cjs"];
/** Examples of the project that are compiled with the users' programs, and what they import. */
const EXAMPLES = ["examples/leaderboard.ts"];

/** Compiles the users' programs into `out`, where they can run. Whether the types agree is not asked. */
export async function compilePrograms(installed: InstalledPackage): Promise<void> {
  for (const folder of [installed.user, installed.userWithClients]) {
    await compile(folder, COMPILER, {
      compilerOptions: {
        ...STRICT,
        ...RESOLUTIONS.nodenext,
        noCheck: true,
        rewriteRelativeImportExtensions: true,
        rootDir: ".",
        outDir: "out",
      },
      include: PROGRAMS,
      files: EXAMPLES,
    });
  }
}

/** What the compiler says of users' programs and of the package's own declarations. */
export function describeTypes(installed: () => InstalledPackage): void {
  describe.each(COMPILERS)("its types, read by $name", ({ name, path, projects }) => {
    const each = test.skipIf(isMissing(name, path)).each(projects);

    each(
      "fit strict programs, $resolution, client libraries: $hasClients",
      async ({ resolution, hasClients }) => {
        const { user, userWithClients } = installed();
        await compile(hasClients ? userWithClients : user, path, {
          compilerOptions: { ...STRICT, ...RESOLUTIONS[resolution], noEmit: true },
          include: PROGRAMS,
        });
      },
      COMPILING_MS_MAX,
    );
  });

  test("a program that is wrong is refused: the types are not just any", async () => {
    const folder = join(installed().user, "wrong");
    await mkdir(folder);
    await writeFile(
      join(folder, "program.ts"),
      'import { MemoryCache } from "laurel";\nawait new MemoryCache().set("key", 1);\n',
    );
    const compiling = compile(folder, COMPILER, {
      compilerOptions: { ...STRICT, ...RESOLUTIONS.nodenext, noEmit: true },
    });
    await expect(compiling).rejects.toThrow(/program\.ts\(2,\d+\): error TS2345/);
  });
}

/** @throws {Error} with what the compiler said, where anything is wrong */
async function compile(folder: string, compiler: string, settings: object): Promise<void> {
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(settings));
  const { code, stdout } = await run(process.execPath, [compiler, "-p", "."], { cwd: folder });
  if (code !== 0) throw new Error(`The compiler refuses it:\n${stdout}`);
}

/** Whether a compiler is not there; the first one always is. */
function isMissing(name: string, path: string): boolean {
  if (existsSync(path)) return false;
  console.warn(`Skipped: ${name} is not installed (npm ci --prefix scripts/api gets it).`);
  return true;
}

function pathOf(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}
