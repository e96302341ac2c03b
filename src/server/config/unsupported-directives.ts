/** Directives of redis.conf that are no parameters, with why they cannot be followed. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ["include", "the configuration is one file"],
  ["rename-command", "every command keeps its name"],
  ["user", "there are no ACL users, one password (requirepass) opens all commands"],
  ["loadmodule", "there are no modules"],
  ["sentinel", "there is no Sentinel mode"],
]);

/** Why a directive of redis.conf is refused; `undefined`: it is none of those. */
export function unsupportedDirective(name: string): string | undefined {
  const directive = name.toLowerCase();
  const reason = REASONS.get(directive);
  return reason === undefined ? undefined : `${directive} is not supported: ${reason}`;
}
