/**
 * Holds docs/operations.md to the source: each error code, parameter, field of INFO, metric and event that
 * it names is there, and each error code stands in its table.
 */
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryLeaderboardCache } from "laurel";
import { CacheNode, DistributedLeaderboardCache } from "laurel/distributed";
import { files } from "laurel/persistence";
import { RedisCache } from "laurel/redis";
import { serve } from "laurel/server";
import { Redis } from "ioredis";
import { describe, expect, onTestFinished, test } from "vitest";
import { findParameter } from "../../src/server/config/parameters.ts";

const page = readFileSync(new URL("../../docs/operations.md", import.meta.url), "utf8");
const fences = [...page.matchAll(/^```[^\n]*\n(.*?)^```/gms)].map(([, code = ""]) => code);
const prose = page.replaceAll(/^```.*?^```/gms, "");

/** What stands in backticks in a text. */
function quoted(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
}

/** The part of the page below a heading. */
function section(heading: string): string {
  const [, text] = page.split(`\n${heading}\n`);
  expect(text, heading).toBeDefined();
  return (text ?? "").split(/\n#{2,3} /)[0] ?? "";
}

/** The cells of each row of the tables in a text, without their heads. */
function rowsOf(text: string): string[][] {
  return text
    .split("\n")
    .filter((line, at, lines) => line.startsWith("| ") && !lines[at + 1]?.startsWith("| ---"))
    .filter((line) => !line.startsWith("| ---"))
    .map((line) =>
      line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim()),
    );
}

test("each error code has its row in the table, and nothing else has", () => {
  const source = readFileSync(new URL("../../src/errors.ts", import.meta.url), "utf8");
  const codes = [...source.matchAll(/^ {2}\| "([A-Z_]+)"/gm)].map(([, code = ""]) => code);
  const named = rowsOf(section("## Error codes")).flatMap(([first = ""]) => quoted(first));
  expect(codes.length).toBeGreaterThan(25);
  expect(named.toSorted()).toEqual(codes.toSorted());
});

describe("parameters", () => {
  /** What has hyphens as parameters have, and is none. */
  const OTHERS = /^(?:allkeys-.*|next-node|all-nodes|s3-fifo|node-.*)$/;
  const inProse = quoted(prose)
    .flatMap((text) => text.split(/[ ,]/))
    .filter((name) => /^[a-z]+(?:-[a-z]+)+$/.test(name) && !OTHERS.test(name));
  const asFlags = fences.flatMap((code) =>
    [...code.matchAll(/ serve (.*)$/gm)].flatMap(([, flags = ""]) =>
      [...flags.matchAll(/--([a-z-]+)/g)].map(([, name = ""]) => name),
    ),
  );
  const asVariables = [...page.matchAll(/LAUREL_([A-Z_]+)/g)].map(([, name = ""]) =>
    name.toLowerCase().replaceAll("_", "-"),
  );

  test("that the page names are known to the server", () => {
    const names = [...inProse, ...asFlags, ...asVariables];
    expect(inProse.length).toBeGreaterThan(15);
    expect(asFlags.length).toBeGreaterThan(1);
    expect(asVariables.length).toBeGreaterThan(4);
    expect(names.filter((name) => findParameter(name) === undefined)).toEqual([]);
  });

  test("of the unit and the container together make a server that starts", async () => {
    const parameters = new Map(
      [...page.matchAll(/LAUREL_([A-Z_]+)=(\S+)/g)]
        .map(([, name = "", value = ""]) => [name.toLowerCase(), value] as const)
        .filter(([name]) => name === "maxmemory" || name === "appendonly"),
    );
    const dir = await folder();
    await using server = await serve({ ...Object.fromEntries(parameters), dir, port: 0 });
    expect(server.port).toBeGreaterThan(0);
  });
});

test("the heap's limit is as the page says, twice maxmemory and 64 MiB more", () => {
  const pairs = [
    ["dist/cli/main.js serve --maxmemory 1gb", 1024],
    ["LAUREL_MAXMEMORY=512mb", 512],
  ] as const;
  for (const [text, mebibytes] of pairs) {
    const fence = fences.find((code) => code.includes(text)) ?? "";
    expect(fence).toContain(`--max-old-space-size=${2 * mebibytes + 64}`);
  }
});

describe("what to watch", () => {
  test("INFO has each field", async () => {
    await using server = await serve({ port: 0, dir: await folder(), appendonly: true });
    const redis = new Redis(server.port);
    const info = await redis.info("everything");
    await redis.quit();
    const fields = new Set([...info.matchAll(/^(\w+):/gm)].map(([, name = ""]) => name));
    // Told only while it loads.
    fields.add("loading_eta_seconds");
    const named = quoted(prose).filter((name) => /^[a-z]+(?:_[a-z0-9]+)+$/.test(name));
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((name) => !fields.has(name))).toEqual([]);
    const inTable = rowsOf(section("### From the server")).flatMap(([first = ""]) => quoted(first));
    expect(inTable.filter((name) => !fields.has(name))).toEqual([]);
  });

  test("metrics() has each name", async () => {
    await using memory = new MemoryLeaderboardCache({
      persistence: files({ dir: await folder() }),
    });
    await memory.ready();
    await using distributed = new DistributedLeaderboardCache([
      new CacheNode("node-a", new MemoryLeaderboardCache()),
    ]);
    await using redis = new RedisCache("redis://127.0.0.1:1");
    const snapshots: Readonly<Record<string, object>> = {
      "a memory cache": memory.metrics(),
      "a distributed cache": distributed.metrics(),
      "a cache over Redis": redis.metrics(),
    };
    const rows = rowsOf(section("### In the program"));
    expect(rows.length).toBeGreaterThan(10);
    for (const [of = "", names = ""] of rows) {
      for (const name of quoted(names)) expect(snapshots[of], of).toHaveProperty(name);
    }
  });

  test("each event exists, and each that exists is named", () => {
    const source = readFileSync(
      new URL("../../src/distributed/events.ts", import.meta.url),
      "utf8",
    );
    const [, body = ""] = /interface DistributedEvents \{(.*?)^\}/ms.exec(source) ?? [];
    const events = [...body.matchAll(/^ {2}(\w+):/gm)].map(([, name = ""]) => name);
    const [sentence = ""] = /^The events of a distributed cache .*$/m.exec(page) ?? [];
    expect(events.length).toBe(4);
    for (const event of events) expect(quoted(sentence)).toContain(event);
  });
});

describe("the lines for OpenTelemetry", () => {
  interface Metrics {
    metrics(): object;
  }

  test("give its instruments what metrics() says, whenever they ask", async () => {
    const code = fences.find((text) => text.includes("createObservableGauge")) ?? "";
    const path = join(await folder(), "open-telemetry.ts");
    await writeFile(path, code);
    const { observe } = (await import(path)) as {
      observe: (meter: object, cache: Metrics) => void;
    };

    const asked = new Map<string, () => number>();
    const create = (name: string) => ({
      addCallback(callback: (result: { observe(value: number): void }) => void): void {
        asked.set(name, () => {
          let seen = NaN;
          callback({ observe: (value) => (seen = value) });
          return seen;
        });
      },
    });
    await using cache = new MemoryLeaderboardCache();
    observe({ createObservableGauge: create, createObservableCounter: create }, cache);
    await cache.set("greeting", "hello");
    await cache.get("greeting");
    expect(asked.get("laurel.hits")?.()).toBe(1);
    expect(asked.get("laurel.entries")?.()).toBe(1);
    for (const value of asked.values()) expect(value()).not.toBeNaN();
  });
});

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "laurel-operations-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}
