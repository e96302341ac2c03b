import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { isInstalled } from "../test/support/server-process.ts";
import { PARTS, type PartName, type ServerProgram } from "./parts.ts";

/** Where and when a part was measured, and beside which versions. */
export interface Environment {
  /** The day, as in "2026-01-31". */
  readonly measuredOn: string;
  readonly machine: Machine;
  /** Of the packages and servers it was measured beside, by their names. */
  readonly versions: Readonly<Record<string, string>>;
}

interface Machine {
  readonly node: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
}

/** This machine, today, and the versions of what a part is measured beside. */
export function environmentOf(part: PartName): Environment {
  const { packages, servers } = PARTS[part];
  const versions = [
    ...packages.map((name) => [name, packageVersion(name)] as const),
    ...servers.filter(isInstalled).map((program) => [program, serverVersion(program)] as const),
  ];
  return {
    measuredOn: new Date().toISOString().slice(0, 10),
    machine: {
      node: process.versions.node,
      cpu: cpus()[0]?.model ?? "unknown",
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
    },
    versions: Object.fromEntries(versions),
  };
}

function packageVersion(name: string): string {
  const file = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

function serverVersion(program: ServerProgram): string {
  const text = execFileSync(program, ["--version"], { encoding: "utf8" });
  const version = /v=(\S+)/.exec(text)?.[1];
  if (version === undefined) throw new Error(`Cannot read the version of ${program}: ${text}`);
  return version;
}
