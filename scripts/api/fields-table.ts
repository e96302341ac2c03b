import { summary, withDefault } from "./comment-text.ts";
import { headingOf, type Links, slug } from "./links.ts";
import { commentOf, type Declaration, signatureOf, type Type } from "./reflection.ts";
import { optionText, typeText, withoutUndefined } from "./type-text.ts";

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
  const text = field.flags.isOptional === true ? optionText(type) : typeText(type);
  const named = nameable(withoutUndefined(type));
  const declaration = links.declarationOf(named?.target);
  if (declaration === undefined) return `\`${text}\``;
  return `[\`${text}\`](#${slug(headingOf(declaration))})`;
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
