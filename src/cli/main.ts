#!/usr/bin/env node
import { CacheError } from "../errors.ts";
import { nearestName } from "../cache/nearest-name.ts";
import { LAUREL_VERSION } from "../server/version.ts";
import { helpText } from "./help.ts";
import { serveCommand } from "./serve-command.ts";

/** Something went wrong that the command line is not to blame for. */
const FAILURE = 1;
/** The command line, the environment or the configuration file is wrong. */
const MISUSE = 2;
const COMMANDS = ["serve", "help"];
/** What belongs behind `serve`: a flag, or the path of a file. */
const ARGUMENT_OF_SERVE = /^-|[./]/;

async function main(args: readonly string[]): Promise<void> {
  const [command, ...others] = args;
  if (command === "help" || asksFor("help", "h", args)) {
    process.stdout.write(helpText(LAUREL_VERSION));
  } else if (asksFor("version", "v", args)) {
    process.stdout.write(`${LAUREL_VERSION}\n`);
  } else if (command === "serve") {
    await serveCommand(others);
  } else {
    misuse(command === undefined ? "a command is missing" : unknownCommand(command));
  }
}

/** Whether a flag is among the arguments; its letter is another one's value behind `--name`. */
function asksFor(name: string, letter: string, args: readonly string[]): boolean {
  return args.some(
    (arg, at) => arg === `--${name}` || (arg === `-${letter}` && !args[at - 1]?.startsWith("--")),
  );
}

function unknownCommand(command: string): string {
  const reason = `there is no command ${command}`;
  if (ARGUMENT_OF_SERVE.test(command)) {
    return `${reason}, did you mean laurel serve ${command} ...?`;
  }
  const nearest = nearestName(command, COMMANDS);
  return nearest === undefined ? reason : `${reason}, did you mean laurel ${nearest}?`;
}

function misuse(reason: string): void {
  process.stderr.write(`laurel: ${reason}; laurel --help tells what there is\n`);
  process.exitCode = MISUSE;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const isMisuse = error instanceof CacheError && error.code === "INVALID_CONFIG";
  const reason = error instanceof CacheError ? error.message : String(error);
  process.stderr.write(`laurel: ${reason}\n`);
  process.exitCode = isMisuse ? MISUSE : FAILURE;
}
