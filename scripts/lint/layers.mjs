/**
 * The layer rule, as a plugin of oxlint: an import points to its own folder or to a lower layer.
 *
 * - `laurel/layers`: imports go down the table below, never up and never sideways; what is below
 *   `FIRST_LAYER_WITH_IO` imports no `node:` module and no package.
 * - `laurel/no-barrels`: only the entries of the package (src/index.ts, src/<folder>/index.ts)
 *   re-export, and nothing in src imports an entry.
 *
 * What the layers may reach for by global name (clock, timers, randomness) stands in .oxlintrc.json.
 */
import { dirname, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** Folder of src to its layer. */
const LAYERS = new Map([
  ["structures", 0],
  ["protocol", 0],
  ["rdb", 0],
  ["engine", 1],
  ["cache", 2],
  ["commands", 2],
  ["persistence", 3],
  ["redis", 3],
  ["distributed", 3],
  ["server", 4],
  ["cli", 5],
]);

/** Files beside the folders. errors.ts is the vocabulary of all; index.ts opens no socket. */
const FILES = new Map([
  ["errors.ts", { name: "src/errors.ts", layer: 0, importableByAll: true }],
  ["index.ts", { name: "src/index.ts", layer: 2, importsAllBelow: true }],
]);

/** Clients, sockets and files begin here. */
const FIRST_LAYER_WITH_IO = 3;

const SOURCE = fileURLToPath(new URL("../../src/", import.meta.url));
const isTest = (path) => path.endsWith(".test.ts");

/** Where a file of src stands: `undefined` outside src, `{ unknown }` where the table has no row. */
function place(path) {
  const inside = relative(SOURCE, path);
  if (inside.startsWith("..")) return undefined;
  const [first, second] = inside.split(sep);
  if (second === undefined)
    return FILES.get(first.replace(/\.test\.ts$/, ".ts")) ?? { unknown: `src/${first}` };
  const layer = LAYERS.get(first);
  return layer === undefined ? { unknown: `src/${first}/` } : { name: `src/${first}`, layer };
}

const isEntry = (path) => /^([^/]+\/)?index\.ts$/.test(relative(SOURCE, path).replaceAll(sep, "/"));

/** Why `from` may not import `to`, both places of src; `undefined` where it may. */
function whyNot(from, to) {
  if (to.importableByAll || to.name === from.name) return undefined;
  if (to.layer < from.layer) return undefined;
  if (from.importsAllBelow && to.layer === from.layer) return undefined;
  const direction = to.layer === from.layer ? "sideways" : "up";
  return `${from.name} (L${from.layer}) imports ${direction} from ${to.name} (L${to.layer})`;
}

function checkLayer(importer, specifier, report) {
  const from = place(importer);
  if (from === undefined || from.unknown) return;
  if (specifier.startsWith(".")) {
    const to = place(resolve(dirname(importer), specifier));
    if (to === undefined) report(`${from.name} imports from outside src: ${specifier}`);
    else if (!to.unknown) {
      const reason = whyNot(from, to);
      if (reason !== undefined) report(reason);
    }
  } else if (specifier === "laurel" || specifier.startsWith("laurel/")) {
    report(`${from.name} imports the package by name: import the file that defines it`);
  } else if (from.layer < FIRST_LAYER_WITH_IO && !isTest(importer)) {
    report(`${from.name} (L${from.layer}) imports ${specifier}: nothing of the outside below L3`);
  }
}

/** Calls `visit(node, specifier)` for each static, dynamic and type import and each `export from`. */
function visitImports(visit) {
  const visitSource = (node) => {
    if (typeof node.source?.value === "string") visit(node.source, node.source.value);
  };
  return {
    ImportDeclaration: visitSource,
    ExportNamedDeclaration: visitSource,
    ExportAllDeclaration: visitSource,
    ImportExpression: visitSource,
    TSImportType: visitSource,
  };
}

const layers = {
  create(context) {
    return {
      ...visitImports((node, specifier) => {
        checkLayer(context.filename, specifier, (message) => context.report({ node, message }));
      }),
      Program(node) {
        const { unknown } = place(context.filename) ?? {};
        if (unknown === undefined) return;
        const message = `${unknown} has no layer: give it a row in scripts/lint/layers.mjs`;
        context.report({ node, message });
      },
    };
  },
};

const noBarrels = {
  create(context) {
    const importer = context.filename;
    if (place(importer) === undefined || isTest(importer)) return {};
    const importedNames = new Set();
    const exportsAnImport = (node) =>
      node.source ? true : node.specifiers?.some(({ local }) => importedNames.has(local.name));
    const reportReExport = (node) => {
      if (isEntry(importer) || !exportsAnImport(node)) return;
      context.report({
        node,
        message: "only src/index.ts and src/<folder>/index.ts re-export: no barrels inside",
      });
    };
    const imports = visitImports((node, specifier) => {
      if (!specifier.startsWith(".")) return;
      if (!isEntry(resolve(dirname(importer), specifier))) return;
      context.report({
        node,
        message: `an entry is for users: import the file that defines it, not ${specifier}`,
      });
    });
    return {
      ...imports,
      ImportDeclaration(node) {
        imports.ImportDeclaration(node);
        for (const { local } of node.specifiers) importedNames.add(local.name);
      },
      ExportNamedDeclaration(node) {
        imports.ExportNamedDeclaration(node);
        reportReExport(node);
      },
      ExportAllDeclaration(node) {
        imports.ExportAllDeclaration(node);
        reportReExport(node);
      },
    };
  },
};

export default {
  meta: { name: "laurel" },
  rules: { layers, "no-barrels": noBarrels },
};
