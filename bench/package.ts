import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PARTS } from "./parts.ts";
import { type Report, whole } from "./report.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const BYTES_PER_MB = 1e6;

/** What an installation puts on the disk: Laurel and those that would be chosen instead. */
export function benchPackage(report: Report): void {
  const laurel = packed();
  const manifest = manifestOf(ROOT);
  const dependencies = Object.keys(manifest.dependencies ?? {}).length;
  const rows = [["laurel", manifest.version, megabytes(laurel.bytes), whole(1 + dependencies)]];
  for (const name of PARTS.package.packages) {
    const folders = installedWith(name);
    const bytes = [...folders].reduce((sum, folder) => sum + bytesOf(folder), 0);
    const { version } = manifestOf(folderOf(name, ROOT) as string);
    rows.push([name, version, megabytes(bytes), whole(folders.size)]);
  }
  report.table(
    "installed-size",
    "On the disk after npm install, with all dependencies",
    ["package", "version", "size", "packages"],
    rows,
  );
  report.fact("fact-package-size", megabytes(laurel.bytes));
  report.fact("fact-package-files", whole(laurel.files));
  report.fact("fact-package-dependencies", dependencies === 0 ? "no" : whole(dependencies));
}

interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** What npm would publish: bytes when unpacked, and files. */
function packed(): { bytes: number; files: number } {
  const command = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const text = execFileSync("npm", command, { cwd: ROOT, encoding: "utf8" });
  const [{ unpackedSize, entryCount }] = JSON.parse(text) as [
    { unpackedSize: number; entryCount: number },
  ];
  return { bytes: unpackedSize, files: entryCount };
}

/** The folders of a package and of all that npm installs with it; optional peers are not. */
function installedWith(name: string): ReadonlySet<string> {
  const folders = new Set<string>();
  const pending = [{ name, from: ROOT }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const folder = folderOf(next.name, next.from);
    if (folder === undefined) throw new Error(`Cannot measure ${name}: ${next.name} is missing`);
    if (folders.has(folder)) continue;
    folders.add(folder);
    const { dependencies = {}, peerDependencies = {}, ...manifest } = manifestOf(folder);
    const isOptional = (peer: string) => manifest.peerDependenciesMeta?.[peer]?.optional === true;
    const peers = Object.keys(peerDependencies).filter((peer) => !isOptional(peer));
    for (const needed of [...Object.keys(dependencies), ...peers]) {
      pending.push({ name: needed, from: folder });
    }
  }
  return folders;
}

/** Where Node.js would find a package from a folder: in the nearest `node_modules` above. */
function folderOf(name: string, from: string): string | undefined {
  for (let above = from; ; above = dirname(above)) {
    const folder = join(above, "node_modules", name);
    if (existsSync(join(folder, "package.json"))) return folder;
    if (dirname(above) === above) return undefined;
  }
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

/** Bytes of a package's files, without those of packages within. */
function bytesOf(folder: string): number {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => name !== "node_modules")
    .map((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? bytesOf(path) : statSync(path).size;
    })
    .reduce((sum, bytes) => sum + bytes, 0);
}

function megabytes(bytes: number): string {
  return `${(bytes / BYTES_PER_MB).toFixed(2)} MB`;
}
