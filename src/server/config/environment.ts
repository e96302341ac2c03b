import { toByteString } from "../../structures/byte-string.ts";
import { KNOWN_NAMES } from "./parameters.ts";
import { editDistance } from "../../cache/nearest-name.ts";
import { refused, type Setting } from "./setting.ts";

const PREFIX = "LAUREL_";
/** A variable so near to one that is known is taken for a slip, and not for somebody else's. */
const SLIPS_MAX = 2;

/** The variable that sets a parameter: `LAUREL_MAXMEMORY_POLICY` sets `maxmemory-policy`. */
function variableOf(name: string): string {
  return `${PREFIX}${name.toUpperCase().replaceAll("-", "_")}`;
}

/**
 * What the environment says.
 * @throws {CacheError} `INVALID_CONFIG` for a variable that is nearly one that is known
 */
export function environmentSettings(
  environment: Readonly<Record<string, string | undefined>>,
): Setting[] {
  const names = new Map(KNOWN_NAMES.map((name) => [variableOf(name), name]));
  const settings: Setting[] = [];
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith(PREFIX) || value === undefined) continue;
    const name = names.get(variable);
    if (name !== undefined) {
      settings.push({ name, words: [toByteString(value)], source: variable });
      continue;
    }
    const meant = [...names.keys()].find((known) => editDistance(variable, known) <= SLIPS_MAX);
    if (meant !== undefined) {
      throw refused(variable, `there is no such parameter, did you mean ${meant}?`);
    }
  }
  return settings;
}
