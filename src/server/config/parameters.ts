import type { Parameter, ValueOf } from "./parameter.ts";
import { PARAMETERS_IN_FORCE } from "./parameters-in-force.ts";
import { PARAMETERS_WITHOUT_EFFECT } from "./parameters-without-effect.ts";

/** Every parameter of the server, by Redis' name for it. */
const PARAMETERS = Object.freeze({ ...PARAMETERS_IN_FORCE, ...PARAMETERS_WITHOUT_EFFECT });

export type ParameterName = keyof typeof PARAMETERS;

/** The values of all parameters. */
export type ConfigValues = {
  readonly [Name in ParameterName]: ValueOf<(typeof PARAMETERS)[Name]>;
};

/**
 * A parameter whose type of value is not known where it is used: its own type parses and spells it.
 */
export type AnyParameter = Parameter<unknown>;

/** The name of a parameter, given that or a former name of it, in lower case. */
const NAMES = new Map<string, ParameterName>();
for (const [name, { aliases = [] }] of entries()) {
  for (const known of [name, ...aliases]) NAMES.set(known, name);
}

/** All names that are understood, former ones included. */
export const KNOWN_NAMES: readonly string[] = [...NAMES.keys()];

/** The parameter's own name, given any name of it in any case; `undefined`: there is none. */
export function findParameter(name: string): ParameterName | undefined {
  return NAMES.get(name.toLowerCase());
}

/** The record of a parameter. */
export function parameterOf(name: ParameterName): AnyParameter {
  return PARAMETERS[name] as unknown as AnyParameter;
}

/** All parameters with their names. */
export function entries(): readonly (readonly [ParameterName, AnyParameter])[] {
  return Object.entries(PARAMETERS) as unknown as [ParameterName, AnyParameter][];
}
