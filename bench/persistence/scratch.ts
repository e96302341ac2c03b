import { closeSync, cpSync, fdatasyncSync, mkdirSync, mkdtempSync, openSync } from "node:fs";
import { readdirSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { quantile } from "../measure.ts";

const SYNCS = 200;
const SYNCED_BYTES = 4096;

/**
 * A directory for the files of the benchmarks, removed when it is disposed of. It is made in that
 * for temporary files, or in the one that `LAUREL_BENCH_DIR` names: what `always` costs is what that
 * disk makes of it, and in memory (tmpfs) it would cost nothing.
 */
export class Scratch implements Disposable {
  readonly #path = mkdtempSync(join(process.env["LAUREL_BENCH_DIR"] ?? tmpdir(), "laurel-bench-"));

  /** A directory in it, empty when it is asked for first. */
  directory(name: string): string {
    const path = join(this.#path, name);
    mkdirSync(path, { recursive: true });
    return path;
  }

  /** A copy of a directory, in the place of a former one. */
  copy(from: string, name: string): string {
    const path = join(this.#path, name);
    rmSync(path, { recursive: true, force: true });
    cpSync(from, path, { recursive: true });
    return path;
  }

  /** How long this disk takes to keep 4 KiB for certain: the median, in milliseconds. */
  syncMs(): number {
    const fd = openSync(join(this.#path, "synced"), "w");
    const bytes = Buffer.alloc(SYNCED_BYTES, 1);
    const tookMs = Array.from({ length: SYNCS }, () => {
      writeSync(fd, bytes);
      const start = performance.now();
      fdatasyncSync(fd);
      return performance.now() - start;
    });
    closeSync(fd);
    return quantile(tookMs, 0.5);
  }

  [Symbol.dispose](): void {
    rmSync(this.#path, { recursive: true, force: true });
  }
}

/** Bytes of all files below a directory. */
export function bytesIn(directory: string): number {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((name) => statSync(join(directory, name)))
    .reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0);
}
