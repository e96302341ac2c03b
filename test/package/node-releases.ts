import { existsSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** A Node.js on which the package is tried. */
export interface NodeRelease {
  readonly version: string;
  readonly program: string;
}

/** The one that runs the tests. */
export const CURRENT_NODE: NodeRelease = {
  version: process.versions.node,
  program: process.execPath,
};

/** Those that `.ci/install-nodes` installs, oldest first. */
export const PINNED_NODES: readonly NodeRelease[] = pinnedVersions().map((version) => ({
  version,
  program: pathOf(`.nodes/node_modules/node-${version}/bin/node`),
}));

/**
 * Those on which the tests run. A pinned one that is not installed is left out, and a line says how to get
 * it; with LAUREL_REQUIRE_SERVERS=1 the tests run all the same, and fail.
 */
export const NODES_HERE: readonly NodeRelease[] = nodesHere();

/** The variables with which `node` in a shell is this one. */
export function firstInPath({ program }: NodeRelease): NodeJS.ProcessEnv {
  return { PATH: `${dirname(program)}:${process.env["PATH"]}` };
}

function nodesHere(): readonly NodeRelease[] {
  const others = PINNED_NODES.filter(({ version }) => version !== CURRENT_NODE.version);
  if (process.env["LAUREL_REQUIRE_SERVERS"] === "1") return [CURRENT_NODE, ...others];
  const installed = others.filter(({ program }) => existsSync(program));
  for (const { version } of others.filter((node) => !installed.includes(node))) {
    console.warn(`Skipped: Node.js ${version} is not installed (.ci/install-nodes gets it).`);
  }
  return [CURRENT_NODE, ...installed];
}

function pinnedVersions(): string[] {
  const script = readFileSync(pathOf(".ci/install-nodes"), "utf8");
  const versions = /^versions=\((.+)\)$/m.exec(script)?.[1];
  if (versions === undefined) throw new Error(".ci/install-nodes names no versions.");
  return versions.split(" ");
}

function pathOf(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}
