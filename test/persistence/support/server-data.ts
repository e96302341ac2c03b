import type { Connection } from "../../differential/connection.ts";
import { itemsOf, textOf } from "../../support/one-command.ts";
import type { Data, KeptKey } from "./data-of.ts";

const DATABASES = 16;

/** All that a server holds, in the form in which databases tell it. */
export async function dataOfServer(connection: Connection): Promise<Data> {
  const data: KeptKey[] = [];
  for (let index = 0; index < DATABASES; index++) {
    await connection.call("SELECT", String(index));
    for (const key of itemsOf(await connection.call("KEYS", "*")).map(textOf)) {
      const deadline = Number(textOf(await connection.call("PEXPIRETIME", key)));
      data.push({
        name: `${index}:${key}`,
        expiresAt: deadline === -1 ? Infinity : deadline,
        content: await contentOf(connection, key),
      });
    }
  }
  return data.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function contentOf(connection: Connection, key: string): Promise<string> {
  const type = textOf(await connection.call("TYPE", key));
  if (type === "string") return `"${textOf(await connection.call("GET", key))}"`;
  const range = itemsOf(await connection.call("ZRANGE", key, "0", "-1", "WITHSCORES")).map(textOf);
  const members: string[] = [];
  for (let i = 0; i < range.length; i += 2) {
    const score = scoreOf(range[i + 1] as string);
    members.push(`${range[i]}=${Object.is(score, -0) ? "-0" : score}`);
  }
  return members.join(" ");
}

function scoreOf(text: string): number {
  if (text === "inf") return Infinity;
  return text === "-inf" ? -Infinity : Number(text);
}
