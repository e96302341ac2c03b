/** Says why a value is refused: in Redis' words, as CONFIG SET repeats them. */
export class ParameterError extends Error {
  static {
    this.prototype.name = "ParameterError";
  }
}

/** How the value of a parameter is spelt, and what it may be. */
export interface ParameterType<Value> {
  readonly kind: "boolean" | "number" | "text";
  /** Takes several words, in a file and at the command line as in CONFIG SET. */
  readonly takesWords: boolean;
  /**
   * The value that these words spell; one word where it does not take several.
   * @throws {ParameterError} for words that spell none
   */
  parse(words: readonly string[], current: Value): Value;
  /** Its spelling in CONFIG GET. */
  format(value: Value): string;
}

/** A parameter of the server, by Redis' name. */
export interface Parameter<Value> {
  readonly type: ParameterType<Value>;
  readonly initial: Value;
  /** Former names, which go on being understood. */
  readonly aliases?: readonly string[];
  /** Cannot be changed while the server runs. */
  readonly isImmutable?: boolean;
  /** Can be changed only where `enable-protected-configs` allows it. */
  readonly isProtected?: boolean;
  /** Its value is a secret: it stands in no log. */
  readonly isSensitive?: boolean;
  /** CONFIG GET tells it only by its full name. */
  readonly isHidden?: boolean;
  /** Is understood, so that what was written for Redis goes on working, and changes nothing. */
  readonly isWithoutEffect?: boolean;
  /** What is missing for a value to do what it promises; `undefined`: nothing. */
  readonly lacks?: (value: Value) => string | undefined;
  /**
   * CONFIG SET takes a value that lacks something, and says so in the log; at the start it is
   * refused.
   */
  readonly isToleratedLive?: boolean;
}

/** The value of a parameter. */
export type ValueOf<P> = P extends Parameter<infer Value> ? Value : never;

/** What a parameter is, beside its type and its first value. */
export type ParameterTraits<Value> = Omit<Parameter<Value>, "type" | "initial">;

export function parameter<Value>(
  type: ParameterType<Value>,
  initial: NoInfer<Value>,
  traits: ParameterTraits<NoInfer<Value>> = {},
): Parameter<Value> {
  return { type, initial, ...traits };
}
