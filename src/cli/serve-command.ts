import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { reasonOf } from "../errors.ts";
import { parseCommandLine } from "../server/config/command-line.ts";
import { parseConfigFile } from "../server/config/config-file.ts";
import { environmentSettings } from "../server/config/environment.ts";
import { ServerConfig } from "../server/config/server-config.ts";
import { refused, type Setting } from "../server/config/setting.ts";
import { Server } from "../server/server.ts";
import { fromByteString } from "../structures/byte-string.ts";
import { withFile } from "./file-access.ts";
import { greeting } from "./greeting.ts";
import { Log, outliveReaders } from "./log.ts";
import { withProgress } from "./loading-progress.ts";
import { PidFile } from "./pid-file.ts";

const FAILURE = 1;
/** What a shell sees of a program that a signal ended: this and the signal's number. */
const SIGNAL_EXIT = 128;
const SIGNALS = { SIGINT: 2, SIGTERM: 15 } as const;
const PORT = /^\d{1,5}$/;

/**
 * `laurel serve`: serves until a signal or SHUTDOWN ends it.
 * @throws {CacheError} `INVALID_CONFIG` for what it cannot follow, a file that it cannot write, or
 * where it cannot listen, `PERSISTENCE_FAILED` for data that it cannot load; nothing is served then
 */
export async function serveCommand(args: readonly string[]): Promise<void> {
  const { configFile, settings } = parseCommandLine(args);
  const fromFile = configFile === undefined ? [] : readConfigFile(configFile);
  const config = new ServerConfig(
    [...fromFile, ...environmentSettings(process.env), ...settings],
    (line) => log.warning(line),
  );
  const log = new Log(fromByteString(config.get("logfile")));
  config.watch("loglevel", (level) => {
    log.level = level;
  });
  const pidPath = fromByteString(config.get("pidfile"));
  const pidFile = pidPath === "" ? undefined : new PidFile(pidPath);
  let wasShutDown = false;
  const server = new Server(config, {
    configFile: configFile === undefined ? "" : resolve(configFile),
    onFault: (command, error) => log.warning(`${command} failed: ${stackOf(error)}`),
    onShutdown: () => {
      wasShutDown = true;
      log.notice("A client asked for the end (SHUTDOWN).");
    },
    log: (level, text) => log[level](text),
  });
  outliveReaders();
  const ending = new SignalEnd(server, log);
  try {
    await withProgress(server, log, process.stderr, () => server.listen());
    pidFile?.write();
  } catch (error) {
    if (ending.hasBegun) return;
    if (wasShutDown) return await server.closed;
    await server.close().catch(() => {});
    throw error;
  }
  log.notice(`Listening, process ${process.pid}.`);
  process.stdout.write(greeting(server, config));
}

function readConfigFile(file: string): Setting[] {
  if (PORT.test(file) && !existsSync(file)) {
    throw refused(file, `there is no such file, did you mean --port ${file}?`);
  }
  return parseConfigFile(
    withFile(file, "read", () => readFileSync(file, "latin1")),
    file,
  );
}

/**
 * Ends the server at the first signal, unless what it is to keep cannot be kept: then the second one
 * ends it all the same. While it ends, another signal ends the process at once.
 */
class SignalEnd {
  /** Whether the server ends by a signal. */
  hasBegun = false;
  #wasRefused = false;
  readonly #server: Server;
  readonly #log: Log;

  constructor(server: Server, log: Log) {
    this.#server = server;
    this.#log = log;
    for (const [signal, number] of Object.entries(SIGNALS)) {
      process.on(signal, () => {
        if (this.hasBegun) process.exit(SIGNAL_EXIT + number);
        this.#received(signal);
      });
    }
  }

  #received(signal: string): void {
    this.#log.notice(`${signal}: closing.`);
    try {
      void this.#exitAfter(this.#server.shutDown(), 0);
    } catch (error) {
      const reason = reasonOf(error);
      if (this.#wasRefused) {
        this.#log.warning(`${signal}: the server ends, and this is lost: ${reason}.`);
        void this.#exitAfter(this.#server.shutDown(true), FAILURE);
        return;
      }
      this.#wasRefused = true;
      this.#log.warning(
        `${signal} is refused, and the server goes on: ${reason}. A second signal ends it anyway.`,
      );
    }
  }

  async #exitAfter(closed: Promise<void>, code: number): Promise<void> {
    this.hasBegun = true;
    try {
      await closed;
    } catch (error) {
      this.#log.warning(`${reasonOf(error)}.`);
      process.exit(FAILURE);
    }
    process.exit(code);
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
