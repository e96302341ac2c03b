import { resolve } from "node:path";
import { fromByteString, toByteString } from "../../structures/byte-string.ts";
import { ParameterError, type ParameterType } from "./parameter.ts";

/**
 * The path of a directory, told from the root: relative ones are those of where the process began.
 */
export const directory: ParameterType<string> = {
  kind: "text",
  takesWords: false,
  parse: ([word = ""]) => absolute(word),
  format: absolute,
};

/** A name in a directory that another parameter names, so no path. */
export function nameIn(parameter: string, what: "filename" | "dirname"): ParameterType<string> {
  return {
    kind: "text",
    takesWords: false,
    parse([word = ""]) {
      if (word === "") throw new ParameterError(`${parameter} can't be empty`);
      if (!/[/\\]|^\.\.?$/.test(word)) return word;
      throw new ParameterError(`${parameter} can't be a path, just a ${what}`);
    },
    format: (value) => value,
  };
}

function absolute(path: string): string {
  return toByteString(resolve(fromByteString(path)));
}
