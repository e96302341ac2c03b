import { cost, firstSentence, summary, tagged, text } from "./comment-text.ts";
import { callsOf, type Described, isCallable, keyOf, ownCalls } from "./described.ts";
import { fieldsTable, table } from "./fields-table.ts";
import { callLink, headed, headingOf, type Links, memberName, slug } from "./links.ts";
import {
  type Comment,
  commentOf,
  type Declaration,
  KIND,
  type Signature,
  type Type,
} from "./reflection.ts";
import { callText, fieldText, signatureText, typeText } from "./type-text.ts";

/** The section of a class, an interface, a function or a type. */
export function section(declaration: Declaration, links: Links, described: Described): string {
  switch (declaration.kind) {
    case KIND.function:
      return functionSection(declaration, links);
    case KIND.typeAlias:
      return typeSection(declaration, links);
    default:
      return objectSection(declaration, links, described);
  }
}

function functionSection(declaration: Declaration, links: Links): string {
  const signature = declaration.signatures?.[0] as Signature;
  return paragraphs(
    `### ${headingOf(declaration)}`,
    fence(`function ${signatureText(declaration.name, signature)}`),
    ...callParts(signature, links),
  );
}

function typeSection(declaration: Declaration, links: Links): string {
  const { name, type, typeParameters = [], comment } = declaration;
  const names = typeParameters.map(({ name }) => name).join(", ");
  const meanings = (type?.elementSummaries ?? []).map((parts) => text(parts, links));
  const rows = (type?.types ?? []).map((element, i) => [
    `\`${typeText(element)}\``,
    meanings[i] ?? "",
  ]);
  return paragraphs(
    `### ${headingOf(declaration)}`,
    // A table tells what the names mean: to list them twice would only take room.
    meanings.length > 0
      ? ""
      : fence(`type ${name}${names === "" ? "" : `<${names}>`} = ${typeText(type)};`),
    ...commentParts(comment, links, "throws"),
    meanings.length > 0 ? table(["value", "meaning"], rows) : "",
  );
}

function objectSection(declaration: Declaration, links: Links, described: Described): string {
  const { children = [], comment } = declaration;
  const heading = `### ${headingOf(declaration)}`;
  if (!isCallable(declaration) && children.some(headed)) {
    const fields = children.map((child) => `  ${fieldText(child)};\n`).join("");
    const whole = fence(`interface ${declaration.name} {\n${fields}}`);
    return paragraphs(heading, whole, ...commentParts(comment, links, "throws"));
  }
  const constructed = children.find(({ kind }) => kind === KIND.constructor)?.signatures?.[0];
  const own = ownCalls(declaration, described);
  const fields = children.filter((child) => isField(child, declaration, links));
  return paragraphs(
    heading,
    isCallable(declaration) ? fence(head(declaration, links) + creation(constructed)) : "",
    ...commentParts(comment, links, "throws"),
    ...thrown(constructed?.comment, links, "Creating one throws"),
    isCallable(declaration) ? "" : alsoFields(declaration, links),
    fieldsTable(fields, links),
    isCallable(declaration) ? alsoCalls(declaration, links, described) : "",
    disposal(declaration),
    callsTable(declaration, own, links),
    ...own.map((call) => callSection(declaration, call, links)),
  );
}

/** What is read from an object, and is described here and nowhere else. */
function isField(child: Declaration, { kind }: Declaration, links: Links): boolean {
  if (child.kind !== KIND.property && child.kind !== KIND.accessor) return false;
  if (child.inheritedFrom !== undefined) {
    // Options that hundreds of names have in common stand where they are described.
    if (commentOf(child) === undefined) return false;
    const isDescribed = links.declarationOf(child.inheritedFrom.target) !== undefined;
    if (isDescribed && (kind === KIND.class || child.name === "signal")) return false;
  }
  return kind !== KIND.class || child.name !== "name";
}

/** Says which interface's fields there are, too. */
function alsoFields({ extendedTypes = [] }: Declaration, links: Links): string {
  const parents = parentsOf(extendedTypes, links).map(nameLink);
  return parents.length === 0 ? "" : `Extends ${parents.join(" and ")}.`;
}

/** The parents that are on the page. */
function parentsOf(types: readonly Type[], links: Links): Declaration[] {
  return types.flatMap(({ target }) => links.declarationOf(target) ?? []);
}

function head(declaration: Declaration, links: Links): string {
  const { name, kind, extendedTypes = [], implementedTypes = [] } = declaration;
  const parents = [
    ["extends", extendedTypes],
    ["implements", implementedTypes],
  ] as const;
  const clauses = parents.map(([clause, types]) => {
    const shown = types.filter((type) => isKnown(type, links));
    return shown.length === 0 ? "" : ` ${clause} ${shown.map(typeText).join(", ")}`;
  });
  return `${kind === KIND.class ? "class" : "interface"} ${name}${clauses.join("")}`;
}

/** What a reader can look up: it is on the page, or of the platform. */
function isKnown(type: Type, links: Links): boolean {
  return type.package !== "laurel" || links.declarationOf(type.target) !== undefined;
}

function creation(signature: Signature | undefined): string {
  return signature === undefined ? "" : `\n\n${callText(`new ${signature.name}`, signature)}`;
}

/** Says which calls there are that are described elsewhere. */
function alsoCalls(owner: Declaration, links: Links, described: Described): string {
  const parents = parentsOf(owner.extendedTypes ?? [], links);
  const names = new Set(callsOf(owner).map(({ name }) => name));
  const inherited = new Set(parents.flatMap(callsOf).map(keyOf));
  const elsewhere = new Map<Declaration, Declaration[]>();
  for (const call of callsOf(owner)) {
    const other = described.ownerOf(call);
    if (other === undefined || other === owner || inherited.has(keyOf(call))) continue;
    elsewhere.set(other, [...(elsewhere.get(other) ?? []), call]);
  }
  const clauses = [...elsewhere].map(([other, calls]) => {
    if (callsOf(other).every(({ name, flags }) => flags.isOptional || names.has(name))) {
      return `every call of ${nameLink(other)}`;
    }
    return `${calls.map((call) => callLink(other, call)).join(", ")} as in ${nameLink(other)}`;
  });
  const all = [...parents.map((parent) => `all of ${nameLink(parent)}`), ...clauses];
  return all.length === 0 ? "" : `A \`${owner.name}\` has ${all.join("; ")}.`;
}

/** Says what `await using` does to an object, of the one that declares it. */
function disposal(owner: Declaration): string {
  const types = [...(owner.extendedTypes ?? []), ...(owner.implementedTypes ?? [])];
  const close = callsOf(owner).find(({ name }) => name === "close");
  if (close === undefined || types.every(({ name }) => name !== "AsyncDisposable")) return "";
  const link = callLink(owner, close);
  return `\`[Symbol.asyncDispose]\`, which \`await using\` calls at the end of its block, is ${link}.`;
}

/** So many calls of another one are not named each. */
const MANY_CALLS = 12;
/** What every call takes is not said with each. */
const EVERY_CALL = "CallOptions";

function callsTable(owner: Declaration, calls: readonly Declaration[], links: Links): string {
  if (calls.length < 2) return "";
  const rows = calls.map((call) => {
    const comment = commentOf(call);
    return [callLink(owner, call), firstSentence(comment, links), cost(comment, links)];
  });
  return table(["call", "what it does", "cost"], rows);
}

function nameLink(declaration: Declaration): string {
  return `[${declaration.name}](#${slug(headingOf(declaration))})`;
}

function callSection(owner: Declaration, call: Declaration, links: Links): string {
  const signature = call.signatures?.[0] as Signature;
  const isStatic = call.flags.isStatic === true ? `${owner.name}.` : "";
  return paragraphs(
    `#### ${headingOf(owner, call)}`,
    fence(signatureText(`${isStatic}${memberName(call)}`, signature)),
    ...callParts(signature, links),
  );
}

/** What a call means, what it takes, what it returns and throws, and how it is used. */
function callParts(signature: Signature, links: Links): string[] {
  const { comment, type } = signature;
  const rejects = ["Promise", "AsyncIterable"].includes(type?.name ?? "");
  const table = [parametersTable(signature, links), seeAlso(signature, links)];
  return commentParts(comment, links, rejects ? "rejects" : "throws", table);
}

function parametersTable({ parameters = [] }: Signature, links: Links): string {
  if (parameters.every(({ comment }) => comment === undefined)) return "";
  const rows = parameters
    .filter(({ comment }) => comment !== undefined)
    .map(({ name, comment }) => [`\`${name}\``, summary(comment, links)]);
  return table(["parameter", "meaning"], rows);
}

/** Links to the types that a call names, with the fields of its options. */
function seeAlso({ parameters = [], type }: Signature, links: Links): string {
  const found = parameters.flatMap(({ type }) => links.namedIn(type));
  const all = new Set([...found, ...links.namedIn(type)]);
  const named = [...all]
    .filter(({ name }) => name !== EVERY_CALL)
    .map((declaration) => {
      const name = nameLink(declaration);
      if (!declaration.name.endsWith("Options")) return name;
      const fields = (declaration.children ?? [])
        .filter(({ name }) => name !== "signal")
        .map((field) => `\`${field.name}\``);
      return fields.length > MANY_CALLS ? name : `${name} (${fields.join(", ")})`;
    });
  return named.length === 0 ? "" : `Types: ${named.join(", ")}.`;
}

/** Text, what is returned, errors, examples. */
function commentParts(
  comment: Comment | undefined,
  links: Links,
  verb: "throws" | "rejects",
  between: readonly string[] = [],
): string[] {
  const returned = tagged(comment, "@returns", links).map((text) => `Returns ${sentence(text)}`);
  const examples = tagged(comment, "@example", links).map((example) => example.trim());
  const errors = thrown(comment, links, verb === "throws" ? "Throws" : "Rejects with");
  return [summary(comment, links), ...returned, ...between, ...errors, ...examples];
}

function thrown(comment: Comment | undefined, links: Links, title: string): string[] {
  return tagged(comment, "@throws", links).map((text) => `**${title}** ${sentence(text)}`);
}

function sentence(text: string): string {
  return /[.!]$/.test(text) ? text : `${text}.`;
}

function fence(code: string): string {
  return `\`\`\`ts\n${code}\n\`\`\``;
}

function paragraphs(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("\n\n");
}
