import type { Server } from "../server/server.ts";
import type { Log } from "./log.ts";

/** What a progress bar is drawn on. */
type Terminal = Pick<NodeJS.WriteStream, "columns" | "isTTY" | "write">;

const DRAWS_MS = 100;
/** How often the log tells where there is no terminal. */
const LOG_MS = 5000;
const BAR_CHARS_MAX = 40;
const CLEAR_LINE = "\r\u001B[K";
const MIB = 1024 ** 2;

/**
 * Shows how far loading is while something is awaited: a bar on a terminal, else a line at times.
 */
export async function withProgress<Result>(
  server: Pick<Server, "loading">,
  log: Pick<Log, "lineStart" | "notice">,
  terminal: Terminal,
  run: () => Promise<Result>,
): Promise<Result> {
  const show = (): void => {
    const text = progressOf(server);
    if (text === undefined) return;
    if (!terminal.isTTY) {
      log.notice(`Loading: ${text.done}`);
      return;
    }
    log.lineStart = CLEAR_LINE;
    terminal.write(CLEAR_LINE + line(text, terminal.columns));
  };
  const timer = setInterval(show, terminal.isTTY ? DRAWS_MS : LOG_MS);
  try {
    return await run();
  } finally {
    clearInterval(timer);
    if (log.lineStart !== "") terminal.write(CLEAR_LINE);
    log.lineStart = "";
  }
}

/** How far loading is, as a share and in words. */
interface Progress {
  readonly share: number;
  readonly done: string;
}

function progressOf({ loading }: Pick<Server, "loading">): Progress | undefined {
  if (loading === undefined) return undefined;
  const { keys, loadedBytes, totalBytes } = loading;
  const share = totalBytes === 0 ? 1 : Math.min(1, loadedBytes / totalBytes);
  const percent = Math.floor(share * 100);
  const sizes = `${mebibytes(loadedBytes)} of ${mebibytes(totalBytes)} MiB`;
  return { share, done: `${percent} % (${sizes}, ${keys} ${keys === 1 ? "key" : "keys"})` };
}

/** A bar and what it means, within one line. */
function line({ done, share }: Progress, columns: number): string {
  const words = `Loading ${done}`;
  const length = Math.min(BAR_CHARS_MAX, columns - words.length - 4);
  if (length < 1) return words.slice(0, Math.max(0, columns - 1));
  const filled = Math.round(share * length);
  return `[${"#".repeat(filled)}${"-".repeat(length - filled)}] ${words}`;
}

function mebibytes(bytes: number): string {
  return (bytes / MIB).toFixed(1);
}
