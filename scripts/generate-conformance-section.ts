/**
 * Writes into docs/compatibility.md which cases of Redis' own suite pass, by unit, and which do not:
 *
 *     npx tsx --tsconfig tsconfig.json scripts/generate-conformance-section.ts
 *
 * The counts follow from two tables, what a real server passes and what is expected to fail here;
 * `npm run conformance` holds the server to them.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import {
  type ExpectedFailure,
  readExpectedFailures,
} from "../test/conformance/expected-failures.ts";

/** The page that has the section. */
export const COMPATIBILITY_PAGE = new URL("../docs/compatibility.md", import.meta.url);

const BASELINE = new URL("../test/conformance/baseline.tsv", import.meta.url);
/** The server that allows all that the suite asks for, DEBUG too. */
const PROFILE = "full";
const BEGIN = "<!-- From here on scripts/generate-conformance-section.ts writes. -->";
const END = "<!-- Up to here. -->";

/** The units that the server is held to. */
const UNITS = [
  "unit/type/zset",
  "unit/type/string",
  "unit/type/incr",
  "unit/expire",
  "unit/keyspace",
  "unit/scan",
  "unit/multi",
  "unit/protocol",
  "unit/dump",
  "unit/sort",
  "unit/info-command",
  "unit/introspection-2",
];

/** A page with the section as the tables have it now. */
export function withConformanceSection(page: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin === -1 || end < begin) {
    throw new Error(`Cannot write the section: the page must hold ${BEGIN} and ${END}`);
  }
  return `${page.slice(0, begin)}${BEGIN}\n\n${section()}\n${page.slice(end)}`;
}

function section(): string {
  const failures = readExpectedFailures();
  const counts = baselineCounts();
  const rows = UNITS.map((unit) => {
    const passedByRedis = counts.get(unit) ?? Number.NaN;
    const failing = failures.filter((failure) => failure.unit === unit).length;
    return { unit, passedByRedis, passed: passedByRedis - failing, failing };
  });
  const all = {
    unit: "all",
    passedByRedis: sum(rows.map((row) => row.passedByRedis)),
    passed: sum(rows.map((row) => row.passed)),
    failing: sum(rows.map((row) => row.failing)),
  };
  const lines = [...rows, all].map(
    ({ unit, passedByRedis, passed, failing }) =>
      `| ${unit} | ${passedByRedis} | ${passed} | ${failing} |`,
  );
  const head =
    "| unit | Redis passes | Laurel passes | listed below |\n| --- | ---: | ---: | ---: |";
  return `${head}\n${lines.join("\n")}\n\n${lists(failures)}`;
}

/** The failing cases of each unit that has some, by what they need. */
function lists(failures: readonly ExpectedFailure[]): string {
  const parts = UNITS.map((unit) => {
    const ofUnit = failures.filter((failure) => failure.unit === unit);
    if (ofUnit.length === 0) return "";
    const reasons = [...new Set(ofUnit.map(({ reason }) => reason))];
    const rows = reasons.map((reason) => {
      const names = ofUnit.filter((failure) => failure.reason === reason).map(({ name }) => name);
      return `| ${reason} | ${names.map(code).join("<br>")} |`;
    });
    return `**${unit}**\n\n| needs | cases |\n| --- | --- |\n${rows.join("\n")}\n`;
  });
  return parts.filter((part) => part !== "").join("\n");
}

function code(name: string): string {
  return `\`${name.replaceAll("|", String.raw`\|`)}\``;
}

/** How many cases of each unit a real server passes. */
function baselineCounts(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const line of readFileSync(BASELINE, "utf8").split("\n")) {
    const [profile, unit = "", passed] = line.split("\t");
    if (profile === PROFILE) counts.set(unit, Number(passed));
  }
  return counts;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const page = readFileSync(COMPATIBILITY_PAGE, "utf8");
  writeFileSync(COMPATIBILITY_PAGE, withConformanceSection(page));
}
