import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import { complaints, readExpectedFailures } from "./expected-failures.ts";
import { type FreshBuild, freshBuild } from "./fresh-build.ts";
import { laurelServerCommand } from "./laurel-server.ts";
import { runUnits } from "./run-units.ts";
import { MissingTools, provideSuite } from "./suite.ts";

const BUILD_MS_MAX = 180_000;
/** The runner itself cuts a unit after 240 seconds. */
const UNIT_MS_MAX = 300_000;
/** Where it is set, what the machine lacks is a failure and no reason to skip. */
const mustRun = process.env["LAUREL_REQUIRE_SERVERS"] === "1";

describe("Redis' own suite passes against Laurel's server, but for the listed cases", () => {
  let suite: string | undefined;
  let build: FreshBuild;
  let whySkipped = "";

  beforeAll(async () => {
    try {
      suite = await provideSuite();
    } catch (error) {
      if (mustRun || !(error instanceof MissingTools)) throw error;
      whySkipped = error.message;
      console.warn(`Skipped: ${whySkipped}`);
      return;
    }
    build = await freshBuild();
  }, BUILD_MS_MAX);

  afterAll(async () => build?.[Symbol.asyncDispose]());

  async function passes(unit: string, { skip, signal }: TestContext): Promise<void> {
    if (suite === undefined) return skip(whySkipped);
    const [result] = await runUnits({
      suite,
      units: [unit],
      serverCommand: laurelServerCommand(build.main),
      logFolder: join(build.folder, "logs"),
      signal,
    });
    if (result === undefined) throw new Error(`no result of ${unit}`);
    expect(complaints(result, readExpectedFailures())).toEqual([]);
  }

  it("sorted sets", (context) => passes("unit/type/zset", context), UNIT_MS_MAX);
  it("strings", (context) => passes("unit/type/string", context), UNIT_MS_MAX);
  it("transactions", (context) => passes("unit/multi", context), UNIT_MS_MAX);
});
