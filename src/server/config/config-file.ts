import { splitInlineCommand } from "../../protocol/inline-command.ts";
import { KNOWN_NAMES, findParameter } from "./parameters.ts";
import { refused, type Setting, unknown } from "./setting.ts";
import { unsupportedDirective } from "./unsupported-directives.ts";

/**
 * Reads a file of Redis' form: a line holds a name and its value, quoted as need be; `#` begins a
 * comment. Of the lines with `save` each adds to the ones before.
 * @param text as a byte string
 * @param name by which errors call the file
 * @throws {CacheError} `INVALID_CONFIG` with the number of the line
 */
export function parseConfigFile(text: string, name: string): Setting[] {
  const settings: Setting[] = [];
  let saveAt = -1;
  for (const [index, raw] of text.split("\n").entries()) {
    const setting = parseLine(raw.trim(), `${name}:${index + 1}`);
    if (setting === undefined) continue;
    const before = settings[saveAt];
    if (findParameter(setting.name) !== "save") settings.push(setting);
    else if (before === undefined || setting.words[0] === "") saveAt = settings.push(setting) - 1;
    else settings[saveAt] = { ...before, words: [...before.words, ...setting.words] };
  }
  return settings;
}

function parseLine(line: string, source: string): Setting | undefined {
  if (line === "" || line.startsWith("#")) return undefined;
  const [name, ...words] = splitInlineCommand(line) ?? [];
  if (name === undefined) throw refused(source, "the quotes are not balanced");
  const unsupported = unsupportedDirective(name);
  if (unsupported !== undefined) throw refused(source, unsupported);
  if (findParameter(name) === undefined) throw unknown(`${source}: ${name}`, name, KNOWN_NAMES);
  if (words.length === 0) throw refused(`${source}: ${name}`, "its value is missing");
  return { name, words, source: `${source}: ${name}` };
}
