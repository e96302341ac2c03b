/** How much of a name, and of all arguments together, an error repeats, in bytes. */
const SHOWN_BYTES_MAX = 128;

/** What Redis says to a command that it does not know. */
export function unknownCommand(argv: readonly string[]): string {
  let shown = "";
  for (let i = 1; i < argv.length && shown.length < SHOWN_BYTES_MAX; i++) {
    shown += `'${cut(argv[i] as string, SHOWN_BYTES_MAX - shown.length)}' `;
  }
  const name = cut(argv[0] as string, SHOWN_BYTES_MAX);
  return `ERR unknown command '${name}', with args beginning with: ${shown}`;
}

/** What Redis says to a subcommand that it does not know of a command that it does. */
export function unknownSubcommand(argv: readonly string[]): string {
  const [container, subcommand] = argv as [string, string];
  const shown = cut(subcommand, SHOWN_BYTES_MAX);
  return `ERR unknown subcommand '${shown}'. Try ${container.toUpperCase()} HELP.`;
}

/** The beginning of a byte string; what C prints of it ends at a zero byte. */
function cut(text: string, lengthMax: number): string {
  const zero = text.indexOf("\0");
  return text.slice(0, zero === -1 ? lengthMax : Math.min(zero, lengthMax));
}
