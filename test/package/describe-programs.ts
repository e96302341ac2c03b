import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { InstalledPackage } from "./installed-package.ts";
import { type NodeRelease, NODES_HERE } from "./node-releases.ts";
import { type Ended, run, succeed } from "./program.ts";

/** Modules of Node.js with which a program reaches out of itself. */
const OUTWARD =
  /^NativeModule (?:net|tls|dgram|dns|http|https|http2|fs|child_process|worker_threads|cluster)$/;

/** Prints which modules of Node.js an import has loaded; its output is no stream, which would load some. */
const LOADED_BY_IMPORT = `
  import { writeSync } from "node:fs";
  const before = new Set(process.moduleLoadList);
  await import(process.argv[1]);
  writeSync(1, JSON.stringify(process.moduleLoadList.filter((name) => !before.has(name))));
`;

/** Prints what `require` gives of each entry. */
const REQUIRE_ALL = `
  const names = process.argv.slice(1).map((entry) => [entry, Object.keys(require(entry))]);
  console.log(JSON.stringify(Object.fromEntries(names)));
`;

const IMPORT_ALL = `
  const names = {};
  for (const entry of process.argv.slice(1)) names[entry] = Object.keys(await import(entry));
  console.log(JSON.stringify(names));
`;

/** What users' programs do with the package, compiled into `out`, on each Node.js that is here. */
export function describePrograms(installed: () => InstalledPackage): void {
  const nothingAmiss: Pick<Ended, "code" | "stdout"> = { code: 0, stdout: "" };

  test("each entry has a program that uses it", () => {
    const missing = installed().entries.filter(
      (entry) => !existsSync(join(installed().user, programOf(entry))),
    );
    expect(missing).toEqual([]);
  });

  describe.each(NODES_HERE)("on Node.js $version", (node) => {
    test("every entry does what it is for, and the process ends by itself", async () => {
      for (const entry of installed().entries) {
        const { stderr, ...end } = await runNode(node, [programOf(entry)]);
        expect({ entry, ...end, stderr }).toEqual({ entry, ...nothingAmiss, stderr: "" });
      }
    });

    test("a program that is no module has every entry by require", async () => {
      expect(await runNode(node, ["out/commonjs.cjs"])).toMatchObject(nothingAmiss);
      const { entries } = installed();
      const options = ["--input-type=commonjs", "-e", REQUIRE_ALL];
      const required = JSON.parse(await succeedOn(node, [...options, ...entries])) as object;
      const imported = JSON.parse(
        await succeedOn(node, ["--input-type=module", "-e", IMPORT_ALL, ...entries]),
      ) as Record<string, string[]>;
      expect(required).toMatchObject(imported);
      for (const entry of entries) expect(imported[entry]).not.toEqual([]);
    });

    test("laurel itself loads nothing that reaches outside, laurel/server does", async () => {
      const options = ["--input-type=module", "-e", LOADED_BY_IMPORT];
      const loadedBy = async (entry: string): Promise<string[]> => {
        const loaded = JSON.parse(await succeedOn(node, [...options, entry])) as string[];
        return loaded.filter((name) => OUTWARD.test(name));
      };
      expect(await loadedBy("laurel")).toEqual([]);
      expect(await loadedBy("laurel/structures")).toEqual([]);
      expect(await loadedBy("laurel/server")).toContain("NativeModule net");
    });

    test("client libraries that are installed are taken, and found for a URL", async () => {
      const { userWithClients } = installed();
      const end = await run(node.program, ["out/clients.js"], { cwd: userWithClients });
      expect(end).toMatchObject({ ...nothingAmiss, stderr: "" });
    });

    test("an example runs as it does in the project", async () => {
      const output = await succeedOn(node, ["out/examples/leaderboard.js"]);
      expect(output).toContain("Bob is #3 with 1280 points");
    });
  });

  function runNode({ program }: NodeRelease, args: readonly string[]): Promise<Ended> {
    return run(program, args, { cwd: installed().user });
  }

  function succeedOn({ program }: NodeRelease, args: readonly string[]): Promise<string> {
    return succeed(program, args, { cwd: installed().user });
  }
}

/** The user's program for an entry: `out/laurel.js`, `out/server.js` and so on. */
function programOf(entry: string): string {
  return `out/${entry.replace(/^laurel\//, "")}.js`;
}
