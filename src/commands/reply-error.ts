/**
 * An error reply: the text goes to the client as it stands, code first. Thrown by whoever parses
 * arguments; it carries no stack, since it tells a client's mistake, not one of ours.
 */
export class ReplyError extends Error {
  static {
    this.prototype.name = "ReplyError";
  }

  constructor(text: string) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(text);
    Error.stackTraceLimit = stackTraceLimit;
  }
}

export const SYNTAX_ERROR = new ReplyError("ERR syntax error");
export const WRONG_TYPE = new ReplyError(
  "WRONGTYPE Operation against a key holding the wrong kind of value",
);
export const NOT_AN_INTEGER = new ReplyError("ERR value is not an integer or out of range");
export const NOT_A_FLOAT = new ReplyError("ERR value is not a valid float");
export const NO_SUCH_KEY = new ReplyError("ERR no such key");
export const STILL_LOADING = new ReplyError("LOADING Laurel is loading the dataset in memory");
export const OUT_OF_MEMORY = new ReplyError(
  "OOM command not allowed when used memory > 'maxmemory'.",
);

/** What Redis says to a wrong number of arguments. */
export function wrongArity(name: string): ReplyError {
  return new ReplyError(`ERR wrong number of arguments for '${name}' command`);
}

/** How much of a name, and of all arguments together, an error repeats, in bytes. */
export const SHOWN_BYTES_MAX = 128;

/** The beginning of a byte string; what C prints of it ends at a zero byte. */
export function shownText(text: string, bytesMax = SHOWN_BYTES_MAX): string {
  const zero = text.indexOf("\0");
  return text.slice(0, zero === -1 ? bytesMax : Math.min(zero, bytesMax));
}

/** What Redis says where a subcommand takes fewer arguments than its arity would allow. */
export function wrongSubcommand(argv: readonly string[]): ReplyError {
  const [container = "", subcommand = ""] = argv;
  return new ReplyError(
    `ERR unknown subcommand or wrong number of arguments for '${shownText(subcommand)}'. ` +
      `Try ${container.toUpperCase()} HELP.`,
  );
}
