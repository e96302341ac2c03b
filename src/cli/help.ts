import { findParameter, parameterOf } from "../server/config/parameters.ts";
import { PARAMETER_MEANINGS } from "./parameter-meanings.ts";

/** What `laurel --help` prints. */
export function helpText(version: string): string {
  return `Laurel ${version}: a cache that ranks

Usage:
  laurel serve [config-file] [--parameter value ...]
  laurel --help
  laurel --version

serve answers Redis clients. Parameters are Redis' own, in a file of the form of redis.conf, in
the environment (LAUREL_MAXMEMORY_POLICY for maxmemory-policy) and as flags. A flag overrides the
environment, which overrides the file. Those that do something here, each with its default in
brackets, [] where it is empty:

${parameterLines().join("\n")}

Other parameters of Redis 7.0 are understood and change nothing.

Examples:
  laurel serve
  laurel serve --port 6379 --maxmemory 256mb --maxmemory-policy allkeys-lru
  laurel serve /etc/laurel.conf --requirepass "a long password"
`;
}

function parameterLines(): string[] {
  return Object.entries(PARAMETER_MEANINGS).map(
    ([name, meaning]) => `  --${name.padEnd(36)}${meaning} [${initial(name)}]`,
  );
}

function initial(name: string): string {
  const known = findParameter(name);
  if (known === undefined) return "";
  const { initial, type } = parameterOf(known);
  return type.format(initial);
}
