import { closeSync, existsSync, openSync, rmSync, statSync, writeFileSync } from "node:fs";
import { withFile } from "./file-access.ts";

const SOURCE = "pidfile";

/**
 * The file that tells this process's number as long as it runs. It is made before the server
 * listens, so that a path that cannot be written ends the start; it is written after, since until then the
 * number in it may be that of a server that runs and has the port.
 */
export class PidFile {
  readonly #path: string;
  #isOurs: boolean;

  /** @throws {CacheError} `INVALID_CONFIG` where the file cannot be written */
  constructor(path: string) {
    this.#path = path;
    this.#isOurs = !existsSync(path);
    withFile(SOURCE, "written", () => closeSync(openSync(path, "a")));
    process.once("exit", () => {
      if (this.#isOurs) rmSync(path, { force: true });
    });
  }

  /** @throws {CacheError} `INVALID_CONFIG` where the file cannot be written */
  write(): void {
    withFile(SOURCE, "written", () => writeFileSync(this.#path, `${process.pid}\n`));
    // A device, /dev/null for one, is not removed.
    this.#isOurs = statSync(this.#path).isFile();
  }
}
