import { show } from "../../errors.ts";
import { toByteString } from "../../structures/byte-string.ts";
import {
  type ConfigValues,
  findParameter,
  KNOWN_NAMES,
  type ParameterName,
  parameterOf,
} from "./parameters.ts";
import { refused, type Setting, unknown } from "./setting.ts";

/** The option that sets a parameter, as {@link camelCase} spells it. */
type OptionName<Name extends string> = Name extends `${infer Word}-${infer Rest}`
  ? `${Word}${Capitalize<OptionName<Rest>>}`
  : Name;

/** What an option may be whose parameter has such values. */
type OptionValue<Value> = Value extends boolean
  ? boolean | "yes" | "no"
  : Value extends number
    ? number | string
    : Value extends string
      ? Value
      : string | readonly string[];

/**
 * The parameters of the server as options of a program: `maxmemoryPolicy` for `maxmemory-policy`.
 */
export type ParameterOptions = {
  [Name in ParameterName as OptionName<Name>]?: OptionValue<ConfigValues[Name]> | undefined;
};

/**
 * What options of a program say: `maxmemoryPolicy` sets `maxmemory-policy`. A value is a text as in
 * a file, a number, a truth value, or a list of words; `undefined` leaves the parameter as it is.
 * @throws {CacheError} `INVALID_CONFIG` for a name that no parameter has, or another kind of value
 */
export function optionSettings(options: Readonly<Record<string, unknown>>): Setting[] {
  const settings: Setting[] = [];
  for (const [option, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const name = option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const known = findParameter(name);
    if (known === undefined) throw unknown(option, name, KNOWN_NAMES, camelCase);
    const takesWords = parameterOf(known).type.takesWords;
    settings.push({ name, words: wordsOf(option, value, takesWords), source: option });
  }
  return settings;
}

/** The option that sets a parameter. */
function camelCase(name: string): string {
  return name.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function wordsOf(option: string, value: unknown, takesWords: boolean): readonly string[] {
  if (typeof value === "string") return [toByteString(value)];
  if (typeof value === "number") return [String(value)];
  if (typeof value === "boolean") return [value ? "yes" : "no"];
  if (takesWords && Array.isArray(value))
    return value.length === 0 ? [""] : value.map((word) => toByteString(String(word)));
  throw refused(option, `expected a text, a number or a truth value: received ${show(value)}`);
}
