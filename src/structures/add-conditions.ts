import { CacheError } from "../errors.ts";

/** When a score may be written; nothing set: always. The same flags as those of Redis' ZADD. */
export interface AddConditions {
  /** Only add members that are new. */
  nx?: boolean | undefined;
  /** Only update members that exist. */
  xx?: boolean | undefined;
  /** Update an existing member only to a greater score; new members are added. */
  gt?: boolean | undefined;
  /** Update an existing member only to a lesser score; new members are added. */
  lt?: boolean | undefined;
}

/** Always. Who adds without conditions passes this very object, and nothing is checked. */
export const NO_CONDITIONS: AddConditions = Object.freeze({});

/** Throws `INVALID_OPTIONS` for conditions that contradict each other. */
export function checkConditions({ nx, xx, gt, lt }: AddConditions): void {
  const isContradiction = nx === true ? xx === true || gt === true || lt === true : gt && lt;
  if (isContradiction !== true) return;
  const given = Object.entries({ nx, xx, gt, lt }).filter(([, flag]) => flag === true);
  throw new CacheError(
    "INVALID_OPTIONS",
    "Cannot add members: nx excludes xx, gt and lt, and gt excludes lt: received " +
      given.map(([name]) => name).join(" with "),
  );
}

/** Whether the conditions forbid to change an existing score. */
export function forbids(conditions: AddConditions, from: number, to: number): boolean {
  return (
    conditions.nx === true ||
    (conditions.gt === true && to <= from) ||
    (conditions.lt === true && to >= from)
  );
}
