import { type Argv, Connection } from "../differential/connection.ts";
import type { Reply } from "../differential/reply.ts";

const LIMIT_MS = 1000;

/** The reply to one command over a connection of its own; rejects when none comes within a second. */
export async function oneCommand(port: number, ...argv: Argv): Promise<Reply> {
  const opening = Connection.open(port);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${argv.join(" ")}: no reply`)), LIMIT_MS);
  });
  try {
    const asked = opening.then(async (connection) => connection.call(...argv));
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
    opening.then(
      (connection) => connection[Symbol.asyncDispose](),
      () => {},
    );
  }
}

/** A reply of one value as its text; an error is thrown. */
export function textOf(reply: Reply): string {
  if (reply.kind === "error") throw new Error(reply.text);
  if ("text" in reply) return reply.text;
  if ("value" in reply) return String(reply.value);
  throw new Error(`A reply of one value was expected: received ${reply.kind}`);
}

/** The fields of a section of INFO, or of another text of `name:value` lines. */
export function fieldsOf(text: string): ReadonlyMap<string, string> {
  const lines = text.split("\r\n").filter((line) => line.includes(":"));
  return new Map(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1)] as const;
    }),
  );
}

/** A flat array of names and values as a map. */
export function pairsOf(reply: Reply): ReadonlyMap<string, string> {
  const texts = itemsOf(reply).map(textOf);
  const names = texts.filter((_, index) => index % 2 === 0);
  return new Map(names.map((name, index) => [name, texts[2 * index + 1] ?? ""]));
}

/** The items of an array; another reply throws. */
export function itemsOf(reply: Reply | undefined): readonly Reply[] {
  if (reply?.kind === "array") return reply.items;
  throw new Error(`An array was expected: received ${JSON.stringify(reply)}`);
}
