import { appendFileSync } from "node:fs";
import { withFile } from "./file-access.ts";

/** What is told: each level and those after it. */
const LEVELS = ["debug", "verbose", "notice", "warning"] as const;

export type LogLevel = (typeof LEVELS)[number];

/**
 * Lines for whoever runs the server, with the time and how much they matter. What cannot be
 * written is lost and harms nobody: a server does not end for want of a log.
 */
export class Log {
  level: LogLevel = "notice";
  /** What stands before a line on the standard error: it takes away what a terminal shows there. */
  lineStart = "";
  readonly #file: string;

  /**
   * @param file where lines are added to; empty: the standard error
   * @throws {CacheError} `INVALID_CONFIG` where the file cannot be written
   */
  constructor(file: string) {
    this.#file = file;
    if (file !== "") withFile("logfile", "written", () => appendFileSync(file, ""));
  }

  notice(text: string): void {
    this.#add("notice", text);
  }

  warning(text: string): void {
    this.#add("warning", text);
  }

  #add(level: LogLevel, text: string): void {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(this.level)) return;
    const line = `${new Date().toISOString()} ${level}: ${text}\n`;
    if (this.#file === "") return writeToStandardError(this.lineStart + line);
    try {
      appendFileSync(this.#file, line);
    } catch (error) {
      writeToStandardError(`${String(error)}: this is for ${this.#file}:\n${line}`);
    }
  }
}

function writeToStandardError(line: string): void {
  try {
    process.stderr.write(line);
  } catch {
    // It is a file, and its disk is full.
  }
}

/**
 * Lets the process outlive whoever reads what it says: without a listener the error of a closed
 * pipe would end it.
 */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
}
