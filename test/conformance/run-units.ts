import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** What is run, against which server. */
export interface UnitsRequest {
  /** Folder of the Redis source. */
  readonly suite: string;
  /** Names as in `units.txt`. */
  readonly units: readonly string[];
  /** Starts the server in the foreground; `{port}` stands for its port. Run anew for each unit. */
  readonly serverCommand: string;
  /** Receives the logs: a file a unit, and what its server printed. */
  readonly logFolder: string;
  /** Called as soon as a unit has ended. */
  readonly onUnit?: (result: UnitResult) => void;
  readonly signal?: AbortSignal;
}

/** What became of the cases of one unit. A name may stand for several cases. */
export interface UnitResult {
  readonly unit: string;
  readonly passed: readonly string[];
  readonly failed: readonly FailedCase[];
  /** How many cases the suite itself leaves out by their tags. */
  readonly ignored: number;
  /** How many cases a real server runs that did not run here; unknown without a baseline. */
  readonly notRun: number | undefined;
  /** What went wrong between cases; cases may not have run for it. */
  readonly setupErrors: readonly string[];
  readonly seconds: number;
  /** What became of the server or of the unit as a whole: empty when all went well. */
  readonly note: string;
}

/** A case and what was wrong with it. */
interface FailedCase {
  readonly name: string;
  readonly message: string;
}

const HOST = "127.0.0.1";

/** Runs units of the suite one after the other, each against a fresh server. */
export async function runUnits(request: UnitsRequest): Promise<UnitResult[]> {
  const { suite, units, serverCommand, logFolder, onUnit, signal } = request;
  const port = await freePort();
  const script = fileURLToPath(new URL("run.sh", import.meta.url));
  const runner = spawn("bash", [script, HOST, String(port), ...units], {
    env: {
      ...process.env,
      REDIS_SRC: suite,
      RS_OUT: logFolder,
      RS_SERVER_CMD: serverCommand.replaceAll("{port}", String(port)),
    },
    stdio: ["ignore", "pipe", "inherit"],
    ...(signal && { signal }),
  });
  const ended = once(runner, "close");
  const results: UnitResult[] = [];
  for await (const line of createInterface({ input: runner.stdout })) {
    if (line.startsWith("TOTAL ")) continue;
    const result = readResult(line, logFolder);
    results.push(result);
    onUnit?.(result);
  }
  await ended;
  if (results.length < units.length) {
    throw new Error(
      `Cannot run Redis' suite: ${units.length} units must end: received ${results.length}`,
    );
  }
  return results;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** From a line of run.sh, `unit ok=1 err=0 … notrun=0 secs=1.5 note=…`, and the unit's log. */
function readResult(line: string, logFolder: string): UnitResult {
  const [unit = "", ...words] = line.split(" ");
  const facts = new Map(words.map((word) => word.split("=", 2) as [string, string]));
  if (!facts.has("ok")) throw new Error(`Cannot run a unit of Redis' suite: received ${line}`);
  const note = facts.get("note") ?? "";
  const log = note === "server-did-not-start" ? "" : readLog(unit, logFolder);
  const notRun = Number(facts.get("notrun"));
  return {
    unit,
    passed: linesOf(log, "ok").map((text) => text.replace(/ \(\d+ ms\)$/, "")),
    failed: linesOf(log, "err").map(failedCase),
    ignored: Number(facts.get("ignored")),
    notRun: Number.isNaN(notRun) ? undefined : notRun,
    setupErrors: linesOf(log, "setup"),
    seconds: Number(facts.get("secs")),
    note,
  };
}

function readLog(unit: string, logFolder: string): string {
  return readFileSync(join(logFolder, `${unit.replaceAll("/", "_")}.log`), "utf8");
}

function linesOf(log: string, status: string): string[] {
  const start = `[${status}]: `;
  return log
    .split("\n")
    .filter((line) => line.startsWith(start))
    .map((line) => line.slice(start.length));
}

function failedCase(text: string): FailedCase {
  const end = text.indexOf(" | ");
  return { name: text.slice(0, end), message: text.slice(end + 3) };
}
