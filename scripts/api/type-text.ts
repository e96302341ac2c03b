import type { Declaration, Parameter, Signature, Type } from "./reflection.ts";

/** A type as TypeScript writes it. */
export function typeText(type: Type | undefined): string {
  if (type === undefined) return "unknown";
  switch (type.type) {
    case "intrinsic":
    case "unknown":
      return type.name ?? "unknown";
    case "literal":
      return JSON.stringify(type.value);
    case "reference":
      return referenceText(type);
    case "array":
      return `${grouped(type.elementType)}[]`;
    case "tuple":
      return `[${(type.elements ?? []).map(typeText).join(", ")}]`;
    case "union":
      return (type.types ?? []).map(unionPartText).join(" | ");
    case "typeOperator":
      return `${type.operator} ${typeText(type.target as Type)}`;
    case "indexedAccess":
      return `${typeText(type.objectType)}[${typeText(type.indexType)}]`;
    case "predicate":
      return `${type.name} is ${typeText(type.targetType)}`;
    case "templateLiteral":
      return templateText(type);
    case "reflection":
      return objectText(type.declaration);
    default:
      throw new Error(`Cannot write a type: its kind must be known: received ${type.type}`);
  }
}

/** How a call is written down: `get(key: string, options?: CallOptions): Promise<Buffer>`. */
export function signatureText(name: string, signature: Signature): string {
  return `${callText(name, signature)}: ${typeText(signature.type)}`;
}

/** A call without what it returns: of a constructor all there is. */
export function callText(name: string, { typeParameters, parameters = [] }: Signature): string {
  const types = (typeParameters ?? []).map(({ name, type }) =>
    type === undefined ? name : `${name} extends ${typeText(type)}`,
  );
  const list = types.length === 0 ? "" : `<${types.join(", ")}>`;
  const short = `${name}${list}(${parameters.map(parameterText).join(", ")})`;
  return short.length <= LINE_CHARS
    ? short
    : `${name}${list}(\n${parameters.map((parameter) => `  ${parameterText(parameter)},\n`).join("")})`;
}

/** The type of what may be left out, without the `undefined` that says so a second time. */
function optionText(type: Type | undefined): string {
  return typeText(withoutUndefined(type));
}

/** A type but for `undefined`. */
export function withoutUndefined(type: Type | undefined): Type | undefined {
  if (type?.type !== "union") return type;
  const types = (type.types ?? []).filter(({ name }) => name !== "undefined");
  return types.length === 1 ? types[0] : { ...type, types };
}

const LINE_CHARS = 80;

function parameterText({ name, flags, type, defaultValue }: Parameter): string {
  const isOptional = flags.isOptional === true || defaultValue !== undefined;
  const text = isOptional ? optionText(type) : typeText(type);
  // A constant's name says nothing to who cannot look it up.
  const shown = defaultValue !== undefined && /^[\d"']|^(?:true|false)$/.test(defaultValue);
  // An underscore tells the linter that a parameter is not read.
  const word = name.replace(/^_+/, "");
  return shown ? `${word}: ${text} = ${defaultValue}` : `${word}${isOptional ? "?" : ""}: ${text}`;
}

function referenceText({ name = "", typeArguments = [] }: Type): string {
  // The buffer behind bytes is said by TypeScript, and of no use to a reader.
  const shown = typeArguments.filter((argument) => argument.name !== "ArrayBufferLike");
  return shown.length === 0 ? name : `${name}<${shown.map(typeText).join(", ")}>`;
}

function unionPartText(type: Type): string {
  const isCall = type.type === "reflection" && type.declaration?.signatures !== undefined;
  return isCall ? `(${typeText(type)})` : typeText(type);
}

function grouped(type: Type | undefined): string {
  const text = typeText(type);
  return text.includes(" | ") && type?.type !== "reference" ? `(${text})` : text;
}

function templateText({ head = "", tail = [] }: Type): string {
  const rest = tail.map(([type, text]) => `\${${typeText(type)}}${text}`);
  return `\`${head}${rest.join("")}\``;
}

function objectText(declaration: Declaration | undefined): string {
  const call = declaration?.signatures?.[0];
  if (call !== undefined) {
    return `(${(call.parameters ?? []).map(parameterText).join(", ")}) => ${typeText(call.type)}`;
  }
  const fields = (declaration?.children ?? []).map(fieldText);
  return fields.length === 0 ? "{}" : `{ ${fields.join("; ")} }`;
}

/** A field as in an object's type. */
export function fieldText({ name, flags, type, signatures }: Declaration): string {
  const call = signatures?.[0];
  if (call !== undefined) return signatureText(name, call);
  return flags.isOptional === true ? `${name}?: ${optionText(type)}` : `${name}: ${typeText(type)}`;
}
