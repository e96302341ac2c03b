/**
 * Holds the drawings of docs/architecture.md to the source: files, what they export, the calls between
 * them, and which folder imports which.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { describe, expect, test } from "vitest";

const root = new URL("../../", import.meta.url);
const page = read("docs/architecture.md");
const drawings = [...page.matchAll(/^```mermaid\n(.*?)^```/gms)].map(([, text = ""]) => text);
const sequences = drawings.filter((text) => text.startsWith("sequenceDiagram"));

function read(path: string): string {
  return readFileSync(new URL(path, root), "utf8");
}

function isThere(path: string): boolean {
  return existsSync(new URL(path, root));
}

/** The files of a folder of src, tests left out. */
function sourcesIn(folder: string): string[] {
  const files = readdirSync(new URL(`src/${folder}/`, root), { recursive: true, encoding: "utf8" });
  return files
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .map((file) => `src/${folder}/${file}`);
}

/** A name may end in `/`, for a folder, or have a star in it. */
function standsIn(folder: string, name: string): boolean {
  if (!name.includes("*")) return isThere(posix.join(folder, name));
  const [start = "", end = ""] = name.split("*");
  const files = readdirSync(new URL(`${folder}/`, root));
  return files.some((file) => file.startsWith(start) && file.endsWith(end));
}

describe("every file", () => {
  const paths = new Set(
    [...page.matchAll(/`((?:src|scripts)\/[\w./-]+)`/g)].map(([, p = ""]) => p),
  );

  test("that the page names is there", () => {
    expect(paths.size).toBeGreaterThan(30);
    expect([...paths].filter((path) => !isThere(path))).toEqual([]);
  });

  test("in a table of what each decides is there", () => {
    const missing: string[] = [];
    let found = 0;
    for (const table of page.matchAll(/^\| file of `(src\/\w+)` \|.*\n\|.*\n((?:\|.*\n)+)/gm)) {
      const [, folder = "", rows = ""] = table;
      for (const [, cell = ""] of rows.matchAll(/^\| (.*?) \|/gm)) {
        for (const [, name = ""] of cell.matchAll(/`([^`]+)`/g)) {
          found++;
          if (!standsIn(folder, name)) missing.push(`${folder}/${name}`);
        }
      }
    }
    expect(found).toBeGreaterThan(80);
    expect(missing).toEqual([]);
  });
});

describe("the drawing of the layers", () => {
  const drawing = drawings[0] ?? "";
  const nodes = new Map(
    [...drawing.matchAll(/^\s+(\w+)\["(src\/[\w.]+)<br>/gm)].map(([, id = "", path = ""]) => [
      id,
      path,
    ]),
  );
  const arrows = [...drawing.matchAll(/^ {2}(\w+(?: & \w+)*) --> (\w+(?: & \w+)*)$/gm)].flatMap(
    ([, from = "", to = ""]) =>
      from.split(" & ").flatMap((one) => to.split(" & ").map((other) => [one, other] as const)),
  );

  /** What a folder imports of the others, by the names in the drawing. */
  function importsOf(id: string): Set<string> {
    const path = nodes.get(id) ?? "";
    const found = new Set<string>();
    for (const file of path.endsWith(".ts") ? [path] : sourcesIn(path.slice("src/".length))) {
      for (const [, target = ""] of read(file).matchAll(/ from "(\.[^"]+)"/g)) {
        const [, place = ""] = posix.join(posix.dirname(file), target).split("/");
        const other = [...nodes.keys()].find((known) => nodes.get(known) === `src/${place}`);
        if (other !== undefined && other !== id) found.add(other);
      }
    }
    return found;
  }

  function reachableFrom(id: string): Set<string> {
    const reached = new Set<string>();
    const open = [id];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      for (const [from, to] of arrows) {
        if (from !== at || reached.has(to)) continue;
        reached.add(to);
        open.push(to);
      }
    }
    return reached;
  }

  test("has every folder of src", () => {
    const entries = readdirSync(new URL("src/", root), { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => `src/${name}`);
    expect([...nodes.values()].toSorted()).toEqual([...folders, "src/errors.ts"].toSorted());
  });

  test("has an arrow only where something is imported", () => {
    expect(arrows.length).toBeGreaterThan(10);
    expect(arrows.filter(([from, to]) => !importsOf(from).has(to))).toEqual([]);
  });

  test("leads from each folder to all that it imports", () => {
    const undrawn = [...nodes.keys()].flatMap((id) => {
      const reached = reachableFrom(id);
      return [...importsOf(id)].filter((other) => !reached.has(other)).map((other) => [id, other]);
    });
    expect(undrawn).toEqual([]);
  });
});

/** Who takes part in a drawing of a way: by the name in the drawing, what it stands for and where. */
interface Participant {
  readonly name: string;
  readonly path: string | undefined;
}

function participantsOf(drawing: string): Map<string, Participant> {
  const found = new Map<string, Participant>();
  for (const [, id = "", label = id] of drawing.matchAll(
    /^ {2}participant (\w+)(?: as (.*))?$/gm,
  )) {
    const [name = "", ...rest] = label.split("<br>");
    const path = rest.join("");
    found.set(id, { name, path: path.endsWith(".ts") ? `src/${path}` : undefined });
  }
  return found;
}

describe("the drawings of ways", () => {
  const participants = sequences.flatMap((drawing) => [...participantsOf(drawing).values()]);
  const named = participants.filter(({ path }) => path !== undefined);
  const calls = sequences.flatMap((drawing) => {
    const known = participantsOf(drawing);
    const arrow = /^ +(\w+)->>(\w+): (\w+)\([^)]*\)(?:, by \w+\.(\w+))?/gm;
    return [...drawing.matchAll(arrow)].map(([, from = "", to = "", method = "", by]) => ({
      method,
      path: known.get(to)?.path,
      caller: known.get(from)?.path,
      calledAs: by ?? method,
    }));
  });

  test("name what their files declare", () => {
    expect(named.length).toBeGreaterThan(15);
    const undeclared = named.filter(({ name, path = "" }) => {
      const declared = new RegExp(String.raw`(?:class|function|const|interface) ${name}\b`);
      return !isThere(path) || !declared.test(read(path));
    });
    expect(undeclared).toEqual([]);
  });

  test("call what the file of the callee has", () => {
    const checked = calls.filter(({ path }) => path !== undefined);
    expect(checked.length).toBeGreaterThan(20);
    const unknown = checked.filter(({ method, path = "" }) => {
      return !new RegExp(String.raw`\b${method}\b\s*[<(:]`).test(read(path));
    });
    expect(unknown).toEqual([]);
  });

  test("are called where the file of the caller says so", () => {
    const checked = calls.filter(({ caller, path }) => caller !== undefined && caller !== path);
    expect(checked.length).toBeGreaterThan(15);
    const uncalled = checked.filter(({ calledAs, caller = "" }) => {
      return !new RegExp(String.raw`\b${calledAs}\b`).test(read(caller));
    });
    expect(uncalled).toEqual([]);
  });

  test("have nobody speak who was not introduced, and no semicolon, which would end a line", () => {
    for (const drawing of sequences) {
      const known = participantsOf(drawing);
      for (const [, from = "", to = ""] of drawing.matchAll(/^ +(\w+)--?>>(\w+):/gm)) {
        expect(known.has(from) && known.has(to), `${from} to ${to}`).toBe(true);
      }
      expect(drawing).not.toContain(";");
    }
  });
});

test("every class that a drawing names in passing is somewhere in src", () => {
  const sources = sourcesIn(".").map(read).join("\n");
  const names = new Set(
    drawings.flatMap((drawing) => drawing.match(/\b[A-Z][a-z]+[A-Z][a-zA-Z]*(?:\.\w+)?/g) ?? []),
  );
  expect(names.size).toBeGreaterThan(25);
  const unknown = [...names].filter((name) => {
    const [type = "", member] = name.split(".");
    const isMember = member === undefined || new RegExp(String.raw`\b${member}\b`).test(sources);
    return (
      !new RegExp(String.raw`(?:class|interface|type|const) ${type}\b`).test(sources) || !isMember
    );
  });
  expect(unknown).toEqual([]);
});
