import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const folder = new URL("../../examples/", import.meta.url);
const byText = (a: string, b: string): number => (a < b ? -1 : 1);
const read = (path: string): string => readFileSync(new URL(path, folder), "utf8");
const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .toSorted(byText);
const programs = sources.filter((path) => /^if \(isEntry\(import\.meta\.url\)\)/m.test(read(path)));

test("the table of the examples has a row for each program, and for nothing else", () => {
  const rows = [...read("README.md").matchAll(/^\| \[`(.*?)`\]\((.*?)\) \| .+ \| `(.*)` \|$/gm)];
  expect(rows.map(([, name = ""]) => name).toSorted(byText)).toEqual(programs);
  for (const [, name, link, command] of rows) {
    expect(link).toBe(name);
    expect(command).toBe(`npx tsx examples/${name}`);
  }
});

test.each(programs)("%s has a test, and says first how it is run", (name) => {
  const tests = new URL(name.replace(".ts", ".test.ts"), import.meta.url);
  expect(existsSync(tests)).toBe(true);
  expect(readFileSync(tests, "utf8")).toContain(`"../../examples/${name}"`);
  const [comment] = read(name).split(" */\n", 1);
  expect(comment).toMatch(/^\/\*\*\n/);
  expect(comment).toContain(`npx tsx examples/${name}`);
});

test.each(sources)("%s uses what a user has: public names, and files of the examples", (path) => {
  for (const [, name = ""] of read(path).matchAll(/from "(.*?)"/g)) {
    if (name.startsWith(".")) {
      expect(new URL(name, new URL(path, folder)).href).toContain(folder.href);
    } else {
      expect(name).toMatch(/^(?:node:[\w/]+|laurel(?:\/[a-z]+)?|fastify|express-session|ioredis)$/);
    }
  }
});
