import { PARAMETERS_IN_FORCE } from "../server/config/parameters-in-force.ts";
import { findParameter, parameterOf } from "../server/config/parameters.ts";

/** What `laurel --help` prints. */
export function helpText(version: string): string {
  return `Laurel ${version}: a cache that ranks

Usage:
  laurel serve [config-file] [--parameter value ...]
  laurel --help
  laurel --version

serve answers Redis clients. Parameters are Redis' own, in a file of the form of redis.conf, in
the environment (LAUREL_MAXMEMORY_POLICY for maxmemory-policy) and as flags; the later of these
goes before the earlier. Those that do something here, with what they are unless given:

${parameterLines().join("\n")}

Other parameters of Redis 7.0 are understood and change nothing.

Examples:
  laurel serve
  laurel serve --port 6379 --maxmemory 256mb --maxmemory-policy allkeys-lru
  laurel serve /etc/laurel.conf --requirepass "a long password"
`;
}

function parameterLines(): string[] {
  return Object.keys(PARAMETERS_IN_FORCE).map((name) => `  --${name.padEnd(34)}${initial(name)}`);
}

function initial(name: string): string {
  const known = findParameter(name);
  if (known === undefined) return "";
  const { initial, type } = parameterOf(known);
  const text = type.format(initial);
  return text === "" ? "(none)" : text;
}
