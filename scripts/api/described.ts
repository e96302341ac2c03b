import { headed } from "./links.ts";
import { commentOf, type Declaration, KIND } from "./reflection.ts";

/** Who describes a call: what means the same elsewhere is described once, interfaces before classes. */
export class Described {
  readonly #owners = new Map<string, Declaration>();

  constructor(declarations: readonly Declaration[]) {
    const interfaces = declarations.filter(({ kind }) => kind === KIND.interface);
    const classes = declarations.filter(({ kind }) => kind === KIND.class);
    for (const owner of [...interfaces, ...classes]) {
      for (const call of callsOf(owner)) {
        const key = keyOf(call);
        if (!this.#owners.has(key)) this.#owners.set(key, owner);
      }
    }
  }

  /** Whose section tells of this call. */
  ownerOf(call: Declaration): Declaration | undefined {
    return this.#owners.get(keyOf(call));
  }
}

/** What a call is and means. */
export function keyOf(call: Declaration): string {
  return `${call.name}\n${JSON.stringify(commentOf(call))}`;
}

/** The calls of a class or an interface. */
export function callsOf({ children = [] }: Declaration): Declaration[] {
  return children.filter((child) => child.kind === KIND.method && headed(child));
}

/** The calls that an object's own section describes. */
export function ownCalls(owner: Declaration, described: Described): Declaration[] {
  if (!isCallable(owner)) return [];
  return callsOf(owner).filter((call) => described.ownerOf(call) === owner);
}

/** Whether what a declaration has is described call by call, as a class is. */
export function isCallable({ kind, children = [] }: Declaration): boolean {
  if (kind === KIND.class) return true;
  return children.some((child) => headed(child) && commentOf(child) !== undefined);
}
