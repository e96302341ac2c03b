import { SHOWN_BYTES_MAX, shownText } from "../commands/reply-error.ts";

/** What Redis says to a command that it does not know. */
export function unknownCommand(argv: readonly string[]): string {
  let shown = "";
  for (let i = 1; i < argv.length && shown.length < SHOWN_BYTES_MAX; i++) {
    shown += `'${shownText(argv[i] as string, SHOWN_BYTES_MAX - shown.length)}' `;
  }
  const name = shownText(argv[0] as string);
  return `ERR unknown command '${name}', with args beginning with: ${shown}`;
}

/** What Redis says to a subcommand that it does not know of a command that it does. */
export function unknownSubcommand(argv: readonly string[]): string {
  const [container, subcommand] = argv as [string, string];
  const shown = shownText(subcommand);
  return `ERR unknown subcommand '${shown}'. Try ${container.toUpperCase()} HELP.`;
}
