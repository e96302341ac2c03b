/**
 * The part of typedoc's JSON that the page is made of. It is written down here, not imported, so that
 * the project type-checks where typedoc is not installed.
 */

/** What a declaration is, by typedoc's numbers. */
export const KIND = {
  function: 64,
  class: 128,
  interface: 256,
  constructor: 512,
  property: 1024,
  method: 2048,
  accessor: 262_144,
  typeAlias: 2_097_152,
  reference: 4_194_304,
} as const;

/** A piece of a comment. */
export interface CommentPart {
  readonly kind: "text" | "code" | "inline-tag" | "relative-link";
  readonly text: string;
  /** The id of what an `inline-tag` links to; an object where that is no part of the package. */
  readonly target?: unknown;
}

/** A doc comment. */
export interface Comment {
  readonly summary: readonly CommentPart[];
  readonly blockTags?: readonly {
    readonly tag: string;
    /** Of `@param`: whose. */
    readonly name?: string;
    readonly content: readonly CommentPart[];
  }[];
}

/** A type; which of the fields are there depends on `type`. */
export interface Type {
  readonly type: string;
  readonly name?: string;
  /** Of a reference: the npm package that it leads to. */
  readonly package?: string;
  readonly value?: unknown;
  readonly target?: unknown;
  readonly typeArguments?: readonly Type[];
  readonly types?: readonly Type[];
  readonly elementType?: Type;
  readonly elements?: readonly Type[];
  readonly operator?: string;
  readonly declaration?: Declaration;
  readonly objectType?: Type;
  readonly indexType?: Type;
  readonly targetType?: Type;
  readonly head?: string;
  readonly tail?: readonly (readonly [Type, string])[];
  /** Of a union: what each of its types means, where that is said. */
  readonly elementSummaries?: readonly (readonly CommentPart[])[];
}

/** One way to call something. */
export interface Signature {
  readonly id: number;
  readonly name: string;
  readonly comment?: Comment;
  readonly parameters?: readonly Parameter[];
  readonly typeParameters?: readonly { readonly name: string; readonly type?: Type }[];
  readonly type?: Type;
}

/** What a call takes. */
export interface Parameter {
  readonly name: string;
  readonly flags: Flags;
  readonly type?: Type;
  readonly comment?: Comment;
  readonly defaultValue?: string;
}

interface Flags {
  readonly isStatic?: boolean;
  readonly isOptional?: boolean;
  readonly isReadonly?: boolean;
  readonly isRest?: boolean;
}

/** A class, an interface, a function, a type, or a member of one of these. */
export interface Declaration {
  readonly id: number;
  readonly name: string;
  readonly kind: number;
  readonly flags: Flags;
  readonly comment?: Comment;
  readonly children?: readonly Declaration[];
  readonly signatures?: readonly Signature[];
  readonly getSignature?: Signature;
  readonly type?: Type;
  readonly typeParameters?: readonly { readonly name: string; readonly type?: Type }[];
  readonly extendedTypes?: readonly Type[];
  readonly implementedTypes?: readonly Type[];
  readonly inheritedFrom?: Type;
  /** Of a reference: the id of what another entry exports, too. */
  readonly target?: number;
}

/** The whole package: its children are the entries. */
export interface Project {
  readonly children: readonly Declaration[];
}

/** What of a declaration is called, or read as a property that is an accessor. */
export function signatureOf({ signatures, getSignature }: Declaration): Signature | undefined {
  return signatures?.[0] ?? getSignature;
}

/** The comment of a declaration, wherever typedoc puts it. */
export function commentOf(declaration: Declaration): Comment | undefined {
  return declaration.comment ?? signatureOf(declaration)?.comment;
}
