import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Makes directories that are removed together. */
export function temporaryDirectories() {
  const made: string[] = [];
  return {
    create: (): string => {
      const dir = mkdtempSync(join(tmpdir(), "laurel-files-"));
      made.push(dir);
      return dir;
    },
    remove: (): void => {
      for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true });
    },
  };
}
