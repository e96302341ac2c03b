import { SYNTAX_ERROR } from "../reply-error.ts";
import {
  AT_MILLISECONDS,
  AT_SECONDS,
  type DeadlineForm,
  IN_MILLISECONDS,
  IN_SECONDS,
} from "../deadline-argument.ts";

/** What the options of SET and GETEX ask for. */
export interface StringOptions {
  onlyIf: "absent" | "present" | "always";
  returnsFormer: boolean;
  keepsExpiry: boolean;
  persists: boolean;
  expiry: { readonly form: DeadlineForm; readonly text: string } | undefined;
}

/** The options that give a time to live or a deadline, in lower case. */
const EXPIRY_OPTIONS: ReadonlyMap<string, DeadlineForm> = new Map([
  ["ex", IN_SECONDS],
  ["px", IN_MILLISECONDS],
  ["exat", AT_SECONDS],
  ["pxat", AT_MILLISECONDS],
]);
/** The options that one of the two commands knows beside the expiry's, in lower case. */
const SET_OPTIONS: ReadonlySet<string> = new Set(["nx", "xx", "get", "keepttl"]);
const GETEX_OPTIONS: ReadonlySet<string> = new Set(["persist"]);
/** `keepttl` and `persist`: nothing longer is an option. */
const OPTION_CHARS_MAX = 7;

/** The options of SET from an argument on, in any order. Throws a syntax error. */
export function setOptions(argv: readonly string[], from: number): StringOptions {
  return optionsOf(argv, from, SET_OPTIONS);
}

/** The options of GETEX from an argument on. Throws a syntax error. */
export function getExOptions(argv: readonly string[], from: number): StringOptions {
  return optionsOf(argv, from, GETEX_OPTIONS);
}

/**
 * An option may stand twice, and then the last one counts; of NX and XX, and of those that say
 * how long the key lives, there may be only one kind.
 */
function optionsOf(
  argv: readonly string[],
  from: number,
  known: ReadonlySet<string>,
): StringOptions {
  const options: StringOptions = {
    onlyIf: "always",
    returnsFormer: false,
    keepsExpiry: false,
    persists: false,
    expiry: undefined,
  };
  let lifetime: string | undefined;
  for (let at = from; at < argv.length; at++) {
    const name = optionName(argv[at] as string);
    const form = EXPIRY_OPTIONS.get(name);
    if (form !== undefined || name === "keepttl" || name === "persist") {
      if (lifetime !== undefined && lifetime !== name) throw SYNTAX_ERROR;
      lifetime = name;
    }
    if (form !== undefined) {
      const text = argv[++at];
      if (text === undefined) throw SYNTAX_ERROR;
      options.expiry = { form, text };
    } else if (known.has(name)) apply(options, name);
    else throw SYNTAX_ERROR;
  }
  return options;
}

function apply(options: StringOptions, name: string): void {
  if (name === "get") options.returnsFormer = true;
  else if (name === "keepttl") options.keepsExpiry = true;
  else if (name === "persist") options.persists = true;
  else {
    const onlyIf = name === "nx" ? "absent" : "present";
    if (options.onlyIf !== "always" && options.onlyIf !== onlyIf) throw SYNTAX_ERROR;
    options.onlyIf = onlyIf;
  }
}

function optionName(argument: string): string {
  if (argument.length > OPTION_CHARS_MAX) throw SYNTAX_ERROR;
  return argument.toLowerCase();
}
