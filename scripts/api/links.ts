import { commentOf, type Declaration, KIND, type Project, type Type } from "./reflection.ts";

/** Where on the page each thing stands, by its id. */
export class Links {
  readonly #anchors = new Map<number, string>();
  readonly #declarations = new Map<number, Declaration>();

  constructor({ children }: Project) {
    for (const declaration of children.flatMap((entry) => entry.children ?? [])) {
      if (declaration.kind === KIND.reference) continue;
      this.#add(declaration, headingOf(declaration));
      for (const member of declaration.children ?? []) {
        const hasHeading = headed(member);
        this.#add(member, hasHeading ? headingOf(declaration, member) : headingOf(declaration));
      }
    }
  }

  /** The anchor of a declaration; `undefined`: it is not on the page. */
  anchorOf(id: number): string | undefined {
    return this.#anchors.get(id);
  }

  /** What a type or a link refers to; `undefined`: it is not on the page. */
  declarationOf(id: unknown): Declaration | undefined {
    return typeof id === "number" ? this.#declarations.get(id) : undefined;
  }

  /** The declarations of the page that a type names, each once, in order. */
  namedIn(type: Type | undefined): Declaration[] {
    const found = new Set<Declaration>();
    this.#collect(type, found);
    return [...found];
  }

  #add(declaration: Declaration, heading: string): void {
    const anchor = slug(heading);
    for (const { id } of [declaration, ...(declaration.signatures ?? [])]) {
      this.#anchors.set(id, anchor);
      this.#declarations.set(id, declaration);
    }
  }

  #collect(value: unknown, found: Set<Declaration>): void {
    if (typeof value !== "object" || value === null) return;
    const { type, target } = value as Partial<Type>;
    if (type === "reference" && typeof target === "number") {
      const declaration = this.#declarations.get(target);
      if (declaration !== undefined) found.add(declaration);
    }
    for (const part of Object.values(value)) this.#collect(part, found);
  }
}

/**
 * Whether a member has a heading of its own: what is called has, what is read stands in a table. What
 * the language calls, such as an iterator, has one where there is something to say of it.
 */
export function headed(member: Declaration): boolean {
  if (member.kind !== KIND.method && member.kind !== KIND.constructor) return false;
  return !isSymbol(member) || commentOf(member) !== undefined;
}

function isSymbol({ name }: Declaration): boolean {
  return name.startsWith("[");
}

/** How a member is written: typedoc leaves out whose a well-known symbol is. */
export function memberName(member: Declaration): string {
  return isSymbol(member) ? `[Symbol.${member.name.slice(1)}` : member.name;
}

/** The heading of a declaration, or of a member of it: no two are the same. */
export function headingOf({ name }: Declaration, member?: Declaration): string {
  if (member === undefined) return name;
  return member.kind === KIND.constructor
    ? `${name}: constructor`
    : `${name}: ${memberName(member)}`;
}

/** A link to where a call is described. */
export function callLink(owner: Declaration, call: Declaration): string {
  return `[\`${memberName(call)}\`](#${slug(headingOf(owner, call))})`;
}

/** The anchor that GitHub gives a heading. */
export function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, "")
    .replaceAll(/\s/g, "-");
}
