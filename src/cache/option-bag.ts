import { CacheError, show } from "../errors.ts";
import type { Duration } from "./contract.ts";
import { parseDuration } from "./duration.ts";
import { type OptionNames, unknownOption } from "./option-names.ts";

/** The name of an option. */
type Name<Options> = keyof Options & string;

/** What an option is where it is given. */
type Given<Options, K extends keyof Options> = NonNullable<Options[K]>;

/**
 * The options of a constructor while they are decided: each is checked and given back, or what stands
 * for it when it was left out. Callers without types may hand in anything, so nothing is taken for
 * granted. Every method throws `INVALID_CONFIG` for an invalid option.
 */
export class OptionBag<Options extends object> {
  readonly #task: string;
  readonly #options: Options;
  /** What comes before the name of an option in a message. */
  readonly #path: string;

  /**
   * @param task what cannot be done with a bad option: `"create a cache"`
   * @param name the option whose own options these are, where they are not the outermost
   */
  constructor(task: string, options: Options, name?: string) {
    this.#task = task;
    this.#options = options;
    this.#path = "";
    if (typeof options !== "object" || options === null || Array.isArray(options)) {
      throw this.invalid(name ?? "options", "must be an object", options);
    }
    if (name !== undefined) this.#path = `${name}.`;
  }

  /** Itself, where every option has one of these names. */
  only(names: OptionNames<Options>): this {
    const reason = unknownOption(this.#options, names, this.#path);
    if (reason === undefined) return this;
    throw new CacheError("INVALID_CONFIG", `Cannot ${this.#task}: ${reason}`);
  }

  /** A positive integer, or Infinity, which stands for it. */
  limit(name: Name<Options>): number {
    const limit: unknown = this.#options[name];
    if (limit === undefined || limit === Infinity) return Infinity;
    if (isInteger(limit) && limit > 0) return limit;
    throw this.invalid(name, "must be a positive safe integer or Infinity", limit);
  }

  /** An integer that is not below a least one. */
  integer(name: Name<Options>, least: number, otherwise: number): number {
    const value: unknown = this.#options[name];
    if (value === undefined) return otherwise;
    if (isInteger(value) && value >= least) return value;
    throw this.invalid(name, `must be a safe integer of at least ${least}`, value);
  }

  /** A duration, and what stands for it, in milliseconds. */
  duration(name: Name<Options>, otherwiseMs: number): number {
    const duration: unknown = this.#options[name];
    if (duration === undefined) return otherwiseMs;
    try {
      return parseDuration(duration as Duration);
    } catch (cause) {
      throw this.invalid(name, 'must be milliseconds above 0, or as "10m"', duration, cause);
    }
  }

  /** A truth value; false stands for it. */
  flag(name: Name<Options>): boolean {
    const value: unknown = this.#options[name];
    if (value === undefined || typeof value === "boolean") return value === true;
    throw this.invalid(name, "must be a boolean", value);
  }

  /** One of some words. */
  oneOf<K extends Name<Options>>(
    name: K,
    words: readonly Given<Options, K>[],
    otherwise: NoInfer<Given<Options, K>>,
  ): Given<Options, K> {
    const value = this.#options[name];
    if (value === undefined) return otherwise;
    if (words.includes(value as Given<Options, K>)) return value as Given<Options, K>;
    throw this.invalid(name, `must be one of ${words.join(", ")}`, value);
  }

  /** A function. */
  function<K extends Name<Options>, Otherwise extends Given<Options, K> | undefined>(
    name: K,
    otherwise: Otherwise,
  ): Given<Options, K> | Otherwise {
    const value = this.#options[name];
    if (value === undefined) return otherwise;
    if (typeof value === "function") return value;
    throw this.invalid(name, "must be a function", value);
  }

  /** An object with some methods, its own or of its class. */
  withMethods<K extends Name<Options>, Otherwise extends Given<Options, K> | undefined>(
    name: K,
    methods: readonly (keyof Given<Options, K>)[],
    otherwise: Otherwise,
  ): Given<Options, K> | Otherwise {
    const value = this.#options[name];
    if (value === undefined) return otherwise;
    for (const method of methods) {
      if (typeof (value as Given<Options, K> | null)?.[method] !== "function") {
        throw this.invalid(name, `must have a method ${String(method)}`, value);
      }
    }
    return value as Given<Options, K>;
  }

  /** The error for an invalid option. */
  invalid(name: string, reason: string, received: unknown, cause?: unknown): CacheError {
    const message = `Cannot ${this.#task}: ${this.#path}${name} ${reason}: received ${show(received)}`;
    return new CacheError("INVALID_CONFIG", message, cause === undefined ? undefined : { cause });
  }
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
