/**
 * The package as its users get it: packed, installed into empty projects, and used there, on the oldest
 * Node.js that it supports, on newer ones, and on the one at hand.
 */
import { afterAll, beforeAll } from "vitest";
import { describeCommandLine } from "./describe-command-line.ts";
import { describeContents } from "./describe-contents.ts";
import { describePrograms } from "./describe-programs.ts";
import { compilePrograms, describeTypes } from "./describe-types.ts";
import { type InstalledPackage, installPackage } from "./installed-package.ts";

const INSTALL_MS_MAX = 120_000;

let installed: InstalledPackage;

beforeAll(async () => {
  installed = await installPackage();
  await compilePrograms(installed);
}, INSTALL_MS_MAX);

afterAll(async () => installed?.[Symbol.asyncDispose]());

describeContents(() => installed);
describePrograms(() => installed);
describeCommandLine(() => installed);
describeTypes(() => installed);
