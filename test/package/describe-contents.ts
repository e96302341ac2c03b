import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { neededFiles } from "../../scripts/prune-build.ts";
import type { InstalledPackage } from "./installed-package.ts";
import { PINNED_NODES } from "./node-releases.ts";
import { run } from "./program.ts";

const UNPACKED_BYTES_MAX = 2_200_000;
const PAGES = ["CHANGELOG.md", "LICENSE", "README.md"];
const CODE = /^dist\/.+\.(?:js|d\.ts)$/;
/** What the code may import beside its own files: what Node.js has, and clients that are there or not. */
const FOREIGN_IMPORTS = /^(?:node:[\w/]+|ioredis|redis)$/;
/** An import or a re-export, but for those of examples in comments. */
const IMPORT = /^(?! *\*).*\bfrom "([^"]+)";$|\bimport\("([^"]+)"\)/gm;
/** Scripts that npm runs at a user's. */
const SCRIPTS_OF_INSTALLING = new Set(["preinstall", "install", "postinstall"]);

/** What is in the package, and what is not. */
export function describeContents(installed: () => InstalledPackage): void {
  const paths = (): string[] => installed().packed.files.map(({ path }) => path);
  const codeFiles = (): string[] => paths().filter((path) => CODE.test(path));
  const read = (path: string): string => readFileSync(join(installed().home, path), "utf8");

  describe("its content", () => {
    test("is code, types, and the pages that belong to every package", () => {
      const others = paths().filter((path) => !CODE.test(path));
      expect(others.toSorted()).toEqual([...PAGES, "package.json"].toSorted());
    });

    test("is what its entries lead to, and no file more", () => {
      expect(codeFiles().toSorted()).toEqual([...neededFiles(installed().home)].toSorted());
    });

    test("has nothing of tests, benchmarks and builds", () => {
      expect(paths().filter((path) => /\.(?:test|bench)\.|tsbuildinfo|\.map$/.test(path))).toEqual(
        [],
      );
      // Whoever follows it finds no map; and a map would lead to sources that are not there.
      expect(codeFiles().filter((path) => read(path).includes("sourceMappingURL="))).toEqual([]);
    });

    test("says nothing of the machine that built it", () => {
      const folders = [
        installed().folder,
        homedir(),
        fileURLToPath(new URL("../../", import.meta.url)),
      ];
      const names = folders.filter((folder) => folder.length > 1);
      const telling = paths().filter((path) => names.some((name) => read(path).includes(name)));
      expect(telling).toEqual([]);
    });

    test(`stays below ${UNPACKED_BYTES_MAX} bytes when installed`, () => {
      expect(installed().packed.unpackedSize).toBeLessThan(UNPACKED_BYTES_MAX);
    });

    test("names no dependency, and none comes along", async () => {
      const { user, manifest } = installed();
      for (const kind of ["dependencies", "optionalDependencies", "bundleDependencies"]) {
        expect(manifest).not.toHaveProperty(kind);
      }
      const lock = JSON.parse(readFileSync(join(user, "package-lock.json"), "utf8")) as {
        readonly packages: object;
      };
      expect(Object.keys(lock.packages)).toEqual(["", "node_modules/laurel"]);
    });

    test("imports Node.js, itself, and clients that may be there", () => {
      const foreign = codeFiles()
        .flatMap((path) => Array.from(read(path).matchAll(IMPORT)))
        .map(([, from, dynamic]) => from ?? dynamic ?? "")
        .filter((name) => !name.startsWith("."));
      expect(new Set(foreign)).toContain("node:net");
      expect(foreign.filter((name) => !FOREIGN_IMPORTS.test(name))).toEqual([]);
    });

    test("runs no script when it is installed", () => {
      const scripts = Object.keys(installed().manifest.scripts);
      expect(scripts.filter((name) => SCRIPTS_OF_INSTALLING.has(name))).toEqual([]);
    });

    test("hides all but its entries", async () => {
      const inside = "import('laurel/dist/index.js').catch(({ code }) => console.log(code))";
      const { stdout } = await run(process.execPath, ["-e", inside], { cwd: installed().user });
      expect(stdout).toBe("ERR_PACKAGE_PATH_NOT_EXPORTED\n");
    });

    test("asks for the oldest Node.js that it is tried on", () => {
      const oldest = PINNED_NODES[0]?.version;
      expect(`${installed().manifest.engines.node}.0`).toBe(`>=${oldest}`);
    });
  });
}
