import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../child-process.ts";
import type { Mutant } from "./table.ts";

/** What a simulation needs of the repository. */
const NEEDED = ["src", "test/simulation", "package.json", "tsconfig.json"];

/** A copy of the source with one fault in it, in a temporary folder. */
export class MutatedTree implements Disposable {
  readonly root: string;

  /** @throws where the snippet does not stand in its file exactly once */
  constructor(mutant: Mutant) {
    const source = patched(mutant);
    this.root = mkdtempSync(join(tmpdir(), "laurel-mutant-"));
    for (const path of NEEDED) {
      cpSync(join(ROOT, path), join(this.root, path), { recursive: true });
    }
    symlinkSync(join(ROOT, "node_modules"), join(this.root, "node_modules"));
    writeFileSync(join(this.root, mutant.file), source);
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** The file's text with the fault in it. @throws where the table is out of date */
export function patched({ name, file, find, replace }: Mutant): string {
  const source = readFileSync(join(ROOT, file), "utf8");
  const parts = source.split(find);
  if (parts.length !== 2) {
    throw new Error(
      `Cannot build the mutant "${name}": its snippet must stand in ${file} exactly once: ` +
        `received ${parts.length - 1} times`,
    );
  }
  return parts.join(replace);
}
