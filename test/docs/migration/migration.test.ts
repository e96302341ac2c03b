/**
 * Runs docs/migration.md as it stands but for the addresses: what a "before" prints its "after" prints,
 * too, and both what their comments say. No block is left out, and all are type-checked.
 */
import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { RedisLeaderboardCache } from "laurel/redis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Block, pairsOf, programOf, promisedBy, readSections } from "./migration-page.ts";
import { GENERATED, printedBy, writeModule } from "./run-code.ts";
import { addressesIn, canStandIn, StandIns } from "./stand-ins.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const sections = readSections().filter(({ blocks }) => blocks.length > 0);
const IOREDIS = "From sorted sets on ioredis";
const WHOLE_REDIS = "Moving the data of a whole Redis";
const SLOW_MS = 120_000;

afterAll(() => rmSync(GENERATED, { recursive: true, force: true }));

test("the page has its sections, each with a before and an after", () => {
  expect(sections.flatMap(pairsOf).length).toBeGreaterThanOrEqual(12);
});

test("every block that needs servers is one of a pair, or of its section's program", () => {
  const run = sections.flatMap((section) => [
    ...pairsOf(section).flatMap(({ before, after }) => [before.code, after.code]),
    programOf(section),
  ]);
  for (const { code, line } of sections.flatMap(({ blocks }) => blocks.filter(isAsIs))) {
    expect(
      run.some((text) => text.includes(code)),
      `line ${line}`,
    ).toBe(true);
  }
});

describe.each(sections)("$title", (section) => {
  const pairs = pairsOf(section);
  const program = programOf(section);
  const addresses = addressesIn(section.blocks.map(({ code }) => code).join("\n"));
  const canRun = canStandIn(addresses);
  let servers: StandIns | undefined;

  beforeAll(async () => {
    if (canRun) servers = await StandIns.start(addresses);
  }, SLOW_MS);
  afterAll(async () => servers?.[Symbol.asyncDispose]());

  /** Runs a block; what it printed, which is what it promised. */
  async function run(name: string, code: string): Promise<string[]> {
    const lines = await printedBy(`${section.title}-${name}`, servers?.placedIn(code) ?? code);
    for (const promise of promisedBy(code)) expect(lines, name).toContain(promise);
    return lines;
  }

  test.skipIf(!canRun).each(pairs)(
    "prints after (line $after.line) what it did before ($before.line)",
    async ({ before, after }) => {
      const expected = await run("before", before.code);
      expect(expected.length).toBeGreaterThan(0);
      expect(inOrder(expected, await run("after", after.code))).toEqual(expected);
    },
    SLOW_MS,
  );

  if (program === "") return;
  test.skipIf(!canRun)("its other code runs and prints what it says", async () => {
    expect((await run("program", program)).length).toBeGreaterThan(0);
  });
});

test.skipIf(!canStandIn(["redis.example:6379"]))(
  "the code over ioredis prints the same with nothing changed but the server",
  async () => {
    const [before] = sectionOf(IOREDIS).blocks as [Block];
    await using redis = await StandIns.start(["redis.example:6379"]);
    await using laurel = await StandIns.start(["laurel.example:7379"]);
    const moved = before.code.replace("redis.example:6379", "laurel.example:7379");
    const expected = await printedBy("on-redis", redis.placedIn(before.code));
    expect(await printedBy("on-laurel", laurel.placedIn(moved))).toEqual(expected);
  },
);

test.skipIf(!canStandIn(["redis.example:6379"]))(
  "DUMP and RESTORE move every key of a Redis, with what it holds and its deadline",
  async () => {
    await using servers = await StandIns.start(["redis.example:6379", "laurel.example:7379"]);
    const url = (address: string) => servers.placedIn(`redis://${address}`);
    await using source = new RedisLeaderboardCache(url("redis.example:6379"));
    await using target = new RedisLeaderboardCache(url("laurel.example:7379"));
    await source.set("greeting", "hello", { ttl: "1h" });
    const members = Array.from({ length: 300 }, (_, score) => ({ member: `m${score}`, score }));
    await source.zAdd("scores", members);

    const code = servers.placedIn(programOf(sectionOf(WHOLE_REDIS)));
    expect(await printedBy("whole-redis", code)).toEqual(["true"]);
    expect(String(await target.get("greeting"))).toBe("hello");
    expect(await target.ttl("greeting")).toBeGreaterThan(3_500_000);
    expect(await target.zRange("scores", 0, -1)).toEqual(members);
    expect(await target.ttl("scores")).toBe(Infinity);
  },
);

test(
  "every block passes the type checker as it stands in a project",
  () => {
    for (const section of sections) {
      const program = programOf(section);
      if (program !== "") writeModule("typed-program", program);
      for (const block of section.blocks) {
        if (block.role !== "other" || !block.isAsIs) writeModule(`typed-${block.line}`, block.code);
      }
    }
    const config = {
      extends: `${root}tsconfig.json`,
      // The page's blocks alone, and the types of what comes without any.
      include: ["typed-*.ts", `${root}bench/peers.d.ts`],
    };
    writeFileSync(`${GENERATED}tsconfig.json`, JSON.stringify(config));
    const compiler = `${root}node_modules/typescript/bin/tsc`;
    const argv = [compiler, "-p", GENERATED];
    const { stdout } = spawnSync(process.execPath, argv, { encoding: "utf8" });
    // What is wrong elsewhere is for others to find; without any file it is TS18003.
    expect(stdout.split("\n").filter((line) => /typed-|TS18003/.test(line))).toEqual([]);
  },
  SLOW_MS,
);

/** Those of some lines that are among others, in their order. */
function inOrder(lines: readonly string[], others: readonly string[]): string[] {
  let next = 0;
  for (const line of others) if (line === lines[next]) next++;
  return lines.slice(0, next);
}

function isAsIs(block: Block): boolean {
  return block.isAsIs;
}

function sectionOf(title: string) {
  const section = sections.find((one) => one.title === title);
  if (section === undefined) throw new Error(`The page has no section ${title}`);
  return section;
}
