import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { succeed } from "./program.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const FIXTURES = fileURLToPath(new URL("./", import.meta.url));
/** What a checkout has beside the project's own files. */
const NO_SOURCES = new Set([".git", ".nodes", "coverage", "dist", "node_modules"]);

/** What this module's tests read of a package.json. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly engines: { readonly node: string };
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly scripts: Readonly<Record<string, string>>;
}

/** What npm says of a package that it packed. */
export interface Packed {
  readonly filename: string;
  /** Bytes once it is installed. */
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

/**
 * The package as it would be published, in the projects of two users: one has nothing but it and the
 * types of Node.js, the other one client libraries, too.
 */
export class InstalledPackage implements AsyncDisposable {
  /** A folder that goes with it. */
  readonly folder: string;
  readonly packed: Packed;
  readonly manifest: Manifest;

  constructor(folder: string, packed: Packed, manifest: Manifest) {
    this.folder = folder;
    this.packed = packed;
    this.manifest = manifest;
  }

  /** The user's project that has no client library. */
  get user(): string {
    return join(this.folder, "user");
  }

  /** The user's project that has the client libraries. */
  get userWithClients(): string {
    return join(this.folder, "user-with-clients");
  }

  /** Where the package is installed. */
  get home(): string {
    return join(this.user, "node_modules", this.manifest.name);
  }

  /** What a user may import: `laurel`, `laurel/server` and so on. */
  get entries(): string[] {
    const { name, exports } = this.manifest;
    return Object.keys(exports)
      .filter((subpath) => !subpath.endsWith(".json"))
      .map((subpath) => `${name}${subpath.slice(1)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/**
 * Packs the project as it is now and installs it. It is built from a copy: other tests may be building,
 * or using, what is in `dist/`.
 */
export async function installPackage(): Promise<InstalledPackage> {
  const folder = await mkdtemp(join(tmpdir(), "laurel-package-"));
  try {
    const packed = await pack(folder);
    const user = join(folder, "user");
    await mkdir(user);
    await writeFile(join(user, "package.json"), '{ "private": true, "type": "module" }');
    // Neither a registry nor what npm remembers of one: there is nothing else to install.
    const npm = ["install", "--offline", "--cache", join(folder, "npm-cache"), "--no-audit"];
    await succeed("npm", [...npm, join(folder, packed.filename)], { cwd: user });
    await link(user, "@types/node");
    await cp(join(FIXTURES, "user"), user, { recursive: true });
    await cp(join(ROOT, "examples"), join(user, "examples"), { recursive: true });

    const withClients = join(folder, "user-with-clients");
    await cp(user, withClients, { recursive: true, verbatimSymlinks: true });
    await link(withClients, "ioredis");
    await link(withClients, "redis");
    await cp(join(FIXTURES, "user-with-clients"), withClients, { recursive: true });

    const manifest = join(user, "node_modules/laurel/package.json");
    const text = await readFile(manifest, "utf8");
    return new InstalledPackage(folder, packed, JSON.parse(text) as Manifest);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function pack(folder: string): Promise<Packed> {
  const copy = join(folder, "project");
  await cp(ROOT, copy, {
    recursive: true,
    filter: (path) => !NO_SOURCES.has(basename(path)),
  });
  await symlink(join(ROOT, "node_modules"), join(copy, "node_modules"));
  await succeed("npm", ["run", "build"], { cwd: copy });
  const options = ["--ignore-scripts", "--json", "--pack-destination", folder];
  const report = await succeed("npm", ["pack", ...options], { cwd: copy });
  const [packed] = JSON.parse(report) as Packed[];
  if (packed === undefined) throw new Error(`npm packed nothing: ${report}`);
  return packed;
}

/** Lets a user's project have a package that the project itself has. */
async function link(user: string, name: string): Promise<void> {
  const target = join(user, "node_modules", name);
  await mkdir(join(target, ".."), { recursive: true });
  await symlink(join(ROOT, "node_modules", name), target);
}
