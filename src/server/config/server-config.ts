import type { ConfigPort } from "../../commands/server-port.ts";
import { ReplyError } from "../../commands/reply-error.ts";
import { compileGlob } from "../../engine/glob.ts";
import { reasonOf } from "../../errors.ts";
import { ParameterError } from "./parameter.ts";
import {
  type ConfigValues,
  entries,
  findParameter,
  KNOWN_NAMES,
  type ParameterName,
  parameterOf,
} from "./parameters.ts";
import { refused, type Setting, unknown } from "./setting.ts";

/**
 * Is told of a value, at first and after each change; throws an Error that says why to refuse it.
 */
type Watcher = (value: unknown) => void;

/** A change of one parameter that is checked and not yet in force. */
interface Change {
  readonly name: ParameterName;
  /** The name by which the change was asked for. */
  readonly given: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** What a text needs to be a glob. */
const GLOB_CHARS = /[[*?]/;

/**
 * The configuration of a server: a value for every parameter of the table. Whoever acts by one
 * reads it (`get`), or is told of it (`watch`). Changes come all or none.
 */
export class ServerConfig implements ConfigPort {
  readonly #values = new Map<ParameterName, unknown>();
  /** What the settings gave a value. */
  readonly #named = new Set<ParameterName>();
  readonly #watchers = new Map<ParameterName, Watcher[]>();
  readonly #warn: (line: string) => void;

  /**
   * @param settings what differs from the parameters' first values; of two the later one counts
   * @param warn takes a line about a value that lacks what it needs
   * @throws {CacheError} `INVALID_CONFIG` for a setting that cannot be followed
   */
  constructor(settings: readonly Setting[] = [], warn: (line: string) => void = () => {}) {
    this.#warn = warn;
    for (const [name, { initial }] of entries()) this.#values.set(name, initial);
    for (const setting of settings) this.#follow(setting);
  }

  /** The value of a parameter now. O(1). */
  get<Name extends ParameterName>(name: Name): ConfigValues[Name] {
    return this.#values.get(name) as ConfigValues[Name];
  }

  /** The spelling of a parameter's value, as CONFIG GET tells it. */
  spelling(name: ParameterName): string {
    return parameterOf(name).type.format(this.#values.get(name));
  }

  /** Whether a setting gave the parameter a value. */
  isNamed(name: ParameterName): boolean {
    return this.#named.has(name);
  }

  /** Gives a parameter another first value, which counts where no setting gave it one. */
  startWith<Name extends ParameterName>(name: Name, initial: ConfigValues[Name]): void {
    if (!this.#named.has(name)) this.#values.set(name, initial);
  }

  /**
   * Tells of a parameter's value now and after each change. An error thrown then refuses the
   * change.
   */
  watch<Name extends ParameterName>(name: Name, apply: (value: ConfigValues[Name]) => void): void {
    const watchers = this.#watchers.get(name) ?? [];
    watchers.push(apply as Watcher);
    this.#watchers.set(name, watchers);
    apply(this.get(name));
  }

  match(patterns: readonly string[]): readonly (readonly [name: string, value: string])[] {
    const matched = new Map<string, string>();
    for (const pattern of patterns) {
      for (const known of namesLike(pattern)) {
        const name = findParameter(known);
        if (name !== undefined) matched.set(known, this.spelling(name));
      }
    }
    return [...matched];
  }

  set(changes: readonly (readonly [name: string, value: string])[], isLocalClient: boolean): void {
    const names = changes.map(([name]) => this.#changeable(name, isLocalClient));
    for (const [at, name] of names.entries()) {
      if (names.indexOf(name) < at) throw setError(changes[at]?.[0] ?? name, "duplicate parameter");
    }
    const checked = changes.map(([given, text]) => this.#check(given.toLowerCase(), text));
    for (const { name, after } of checked) this.#values.set(name, after);
    for (const change of checked) {
      const reason = this.#apply(change);
      if (reason === undefined) continue;
      this.#takeBack(checked);
      throw setError(change.given, reason);
    }
  }

  #follow({ name, words, source }: Setting): void {
    const known = findParameter(name);
    if (known === undefined) throw unknown(source, name, KNOWN_NAMES);
    const { type, lacks } = parameterOf(known);
    if (words.length > 1 && !type.takesWords) {
      throw refused(source, `it takes one value: received ${words.length}`);
    }
    try {
      const spread = words.length === 1 && type.takesWords ? splitWords(words[0] ?? "") : words;
      const value = type.parse(spread, this.#values.get(known));
      const missing = lacks?.(value);
      if (missing !== undefined) throw new ParameterError(missing);
      this.#values.set(known, value);
      this.#named.add(known);
    } catch (error) {
      if (!(error instanceof ParameterError)) throw error;
      const received = parameterOf(known).isSensitive === true ? "a secret" : words.join(" ");
      throw refused(source, `${error.message}: received ${received}`);
    }
  }

  #changeable(given: string, isLocalClient: boolean): ParameterName {
    const name = findParameter(given);
    if (name === undefined) {
      throw new ReplyError(`ERR Unknown option or number of arguments for CONFIG SET - '${given}'`);
    }
    const { isImmutable, isProtected } = parameterOf(name);
    if (isImmutable === true) throw setError(given, "can't set immutable config");
    const mayProtected = isPermitted(this.get("enable-protected-configs"), isLocalClient);
    if (isProtected === true && !mayProtected) throw setError(given, "can't set protected config");
    return name;
  }

  #check(given: string, text: string): Change {
    const name = findParameter(given) as ParameterName;
    const { type, lacks, isToleratedLive } = parameterOf(name);
    const before = this.#values.get(name);
    try {
      const after = type.parse(type.takesWords ? text.split(" ") : [text], before);
      const missing = lacks?.(after);
      if (missing !== undefined && isToleratedLive !== true) throw new ParameterError(missing);
      if (missing !== undefined) this.#warn(`CONFIG SET ${name} changes nothing: ${missing}`);
      return { name, given, before, after };
    } catch (error) {
      if (error instanceof ParameterError) throw setError(given, error.message);
      throw error;
    }
  }

  /** Tells whoever watches. @returns why one refuses */
  #apply({ name, after }: Pick<Change, "name" | "after">): string | undefined {
    try {
      for (const watcher of this.#watchers.get(name) ?? []) watcher(after);
      return undefined;
    } catch (error) {
      return reasonOf(error);
    }
  }

  #takeBack(changes: readonly Change[]): void {
    for (const { name, before } of changes) this.#values.set(name, before);
    for (const { name, before } of changes) this.#apply({ name, after: before });
  }
}

/**
 * Whether a client may do what a parameter allows to nobody, to all, or to those on this machine.
 */
export function isPermitted(who: "no" | "yes" | "local", isLocalClient: boolean): boolean {
  return who === "yes" || (who === "local" && isLocalClient);
}

/** The names that a glob means; a plain name is told as it is spelt. */
function namesLike(pattern: string): readonly string[] {
  if (!GLOB_CHARS.test(pattern)) return [pattern];
  const matches = compileGlob(pattern.toLowerCase());
  return KNOWN_NAMES.filter((known) => {
    const name = findParameter(known);
    return name !== undefined && parameterOf(name).isHidden !== true && matches(known);
  });
}

/** One word that holds several is taken apart; an empty one stays. */
function splitWords(text: string): readonly string[] {
  return text.trim() === "" ? [""] : text.trim().split(/\s+/);
}

function setError(name: string, reason: string): ReplyError {
  return new ReplyError(
    `ERR CONFIG SET failed (possibly related to argument '${name}') - ${reason}`,
  );
}
