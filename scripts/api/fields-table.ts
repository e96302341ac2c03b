import { summary, withDefault } from "./comment-text.ts";
import { headingOf, type Links, slug } from "./links.ts";
import { commentOf, type Declaration, KIND, signatureOf, type Type } from "./reflection.ts";
import { typeText, withoutUndefined } from "./type-text.ts";

/** A table of an object's fields: of options also what each is when it is left out. */
export function fieldsTable(fields: readonly Declaration[], links: Links): string {
  if (fields.length === 0) return "";
  const rows = fields.map((field) => {
    const { meaning, otherwise } = withDefault(summary(commentOf(field), links));
    return { name: nameOf(field, fields), type: typeOf(field, links), meaning, otherwise };
  });
  if (rows.every(({ otherwise }) => otherwise === "")) {
    const cells = rows.map(({ name, type, meaning }) => [name, type, meaning]);
    return table(["name", "type", "meaning"], cells);
  }
  const cells = rows.map(({ name, type, meaning, otherwise }) => [name, type, otherwise, meaning]);
  return table(["name", "type", "default", "meaning"], cells);
}

/** A table in Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => "---"), ...rows.map((cells) => cells.map(cell))];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Said is only what is not so of most: where all may be left out, which ones must not be. */
function nameOf({ name, flags }: Declaration, fields: readonly Declaration[]): string {
  const optional = fields.filter(({ flags }) => flags.isOptional === true).length;
  const isMostlyOptional = optional * 2 >= fields.length;
  const isOptional = flags.isOptional === true;
  if (isOptional === isMostlyOptional) return `\`${name}\``;
  return `\`${name}\` (${isOptional ? "optional" : "required"})`;
}

/** A field's type; where it is one that the page describes, a link to that. */
function typeOf(field: Declaration, links: Links): string {
  const type = field.type ?? signatureOf(field)?.type;
  const whole = field.flags.isOptional === true ? withoutUndefined(type) : type;
  const named = nameable(withoutUndefined(type));
  const declaration = links.declarationOf(named?.target);
  if (declaration === undefined) return `\`${typeText(whole)}\``;
  const text = named === whole ? (choices(declaration) ?? typeText(whole)) : typeText(whole);
  return `[\`${text}\`](#${slug(headingOf(declaration))})`;
}

/** So many values fit into a cell. */
const CHOICES_MAX = 6;

/** The values of a type that has but a few: they say more than its name. */
function choices({ kind, type }: Declaration): string | undefined {
  const values = kind === KIND.typeAlias && type?.type === "union" ? (type.types ?? []) : [];
  if (values.length === 0 || values.length > CHOICES_MAX) return undefined;
  return values.every((value) => value.type === "literal") ? typeText(type) : undefined;
}

/** The type itself, or that of a list's elements. */
function nameable(type: Type | undefined): Type | undefined {
  if (type?.type === "array") return nameable(type.elementType);
  if (type?.type === "typeOperator") return nameable(type.target as Type);
  return type?.type === "reference" ? type : undefined;
}

function cell(text: string): string {
  return text.replaceAll("|", String.raw`\|`).replaceAll(/\n+/g, "<br>");
}
