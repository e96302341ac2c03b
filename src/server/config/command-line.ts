import { toByteString } from "../../structures/byte-string.ts";
import { PARAMETERS_IN_FORCE } from "./parameters-in-force.ts";
import { findParameter, KNOWN_NAMES, parameterOf } from "./parameters.ts";
import { refused, unknown, type Setting } from "./setting.ts";
import { unsupportedDirective } from "./unsupported-directives.ts";

/** What a command line says: where the file is, and what overrides it. */
export interface CommandLine {
  readonly configFile: string | undefined;
  readonly settings: readonly Setting[];
}

const FLAG = /^--(?<name>[a-z_][^=]*)(?:=(?<value>.*))?$/is;

/**
 * Reads arguments as Redis reads them: a config file or none, then `--name` with the words up to
 * the next one (`--bind 127.0.0.1 -::1`). `--name=value` is understood as well. It is written by
 * hand since the parsers at hand give a flag one word, and take `-::1` for a flag.
 * @throws {CacheError} `INVALID_CONFIG` for a name that no parameter has, or a value that is missing
 */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const [first = "--"] = args;
  const hasFile = !first.startsWith("--");
  if (hasFile) checkFile(first);
  const settings: { name: string; words: string[]; source: string }[] = [];
  for (const arg of hasFile ? args.slice(1) : args) {
    const flag = FLAG.exec(arg)?.groups;
    const last = settings.at(-1);
    if (flag !== undefined) {
      const [name = "", value] = [flag["name"], flag["value"]];
      settings.push({
        name,
        words: value === undefined ? [] : [toByteString(value)],
        source: `--${name}`,
      });
    } else if (last === undefined) {
      throw refused(arg, "a flag begins with --");
    } else {
      last.words.push(toByteString(arg));
    }
  }
  for (const setting of settings) checkFlag(setting);
  return { configFile: hasFile ? first : undefined, settings };
}

/**
 * No file is meant by what begins with a dash: `-` is the standard input, `-p` a flag cut short.
 */
function checkFile(word: string): void {
  if (word === "-") throw refused(word, "the configuration is not read from the standard input");
  if (!word.startsWith("-")) return;
  const start = word.slice(1).toLowerCase();
  const meant = Object.keys(PARAMETERS_IN_FORCE).find((name) => name.startsWith(start));
  const hint = meant === undefined ? "" : `, did you mean --${meant}?`;
  throw refused(word, `a flag begins with --${hint}`);
}

function checkFlag({ name, words, source }: Setting): void {
  const unsupported = unsupportedDirective(name);
  if (unsupported !== undefined) throw refused(source, unsupported);
  const known = findParameter(name);
  if (known === undefined) throw unknown(source, name, KNOWN_NAMES, (name) => `--${name}`);
  if (words.length === 0) throw refused(source, "its value is missing");
  if (words.length > 1 && !parameterOf(known).type.takesWords) {
    throw refused(source, `it takes one value: received ${words.length}`);
  }
}
