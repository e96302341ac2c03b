import { show } from "../errors.ts";
import { nearestName } from "./nearest-name.ts";

/** All names that options can have: one that is added to their type has to be added here as well. */
export type OptionNames<Options> = Readonly<Record<keyof Options & string, true>>;

/**
 * What is to be said against options among which is one of another name, be it `undefined`: it is
 * misspelt, and would silently have no effect. `undefined` where there is none. Only enumerable
 * properties of the object's own are looked at, so that options may be of a class.
 * @param path what comes before the names in a message: `"retry."`
 */
export function unknownOption<Options extends object>(
  options: Options,
  names: OptionNames<NoInfer<Options>>,
  path = "",
): string | undefined {
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(names, name));
  if (unknown === undefined) return undefined;
  const known = Object.keys(names);
  const nearest = nearestName(unknown, known);
  const hint =
    nearest === undefined ? `, only ${known.join(", ")}` : `, did you mean ${path}${nearest}?`;
  return `there is no option of this name${hint}: received ${show(path + unknown)}`;
}
