import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { quantile, spreadOf } from "../measure.ts";
import { spread, whole } from "../report.ts";
import type { ServerProcess } from "./server-process.ts";

/** Callers that redis-benchmark plays, the bytes of their values, and the keys that they draw from. */
export const CLIENTS = 50;
export const VALUE_BYTES = 16;
export const KEYS = 100_000;

export type Command = "SET" | "GET" | "ZADD";

/** Commands that a client sends before it waits, and how many requests all make together. */
export interface Pipeline {
  readonly commands: number;
  readonly requests: number;
}

/** What redis-benchmark says; latencies are of whole pipelines. */
export interface Round {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Runs redis-benchmark for its requests a second alone. */
export async function requestsPerSecond(
  server: ServerProcess,
  command: Command,
  pipeline: Pipeline,
): Promise<number> {
  return (await roundOf(server, command, pipeline)).requestsPerSecond;
}

/** Runs redis-benchmark with one command on one server. */
export async function roundOf(
  { port }: ServerProcess,
  command: Command,
  { commands, requests }: Pipeline,
): Promise<Round> {
  const settings = { p: port, c: CLIENTS, d: VALUE_BYTES, r: KEYS, n: requests, P: commands };
  const { stdout } = await promisify(execFile)("redis-benchmark", [
    ...Object.entries(settings).flatMap(([name, value]) => [`-${name}`, String(value)]),
    "-t",
    command.toLowerCase(),
    "--csv",
  ]);
  const [names, values] = [/^"test",.*/m, new RegExp(`^"${command}",.*`, "m")].map((line) =>
    (line.exec(stdout)?.[0] ?? "").replaceAll('"', "").split(","),
  ) as [string[], string[]];
  const field = (name: string): number => Number(values[names.indexOf(name)]);
  const [rate, p50Ms, p99Ms] = [field("rps"), field("p50_latency_ms"), field("p99_latency_ms")];
  if (rate > 0 && p50Ms > 0 && p99Ms > 0) return { requestsPerSecond: rate, p50Ms, p99Ms };
  throw new Error(`Cannot read redis-benchmark's answer to ${command}: received ${stdout}`);
}

/** What the servers do, round by round. Who begins changes from round to round. */
export async function inTurns<Result>(
  servers: readonly ServerProcess[],
  rounds: number,
  rate: (server: ServerProcess) => Promise<Result>,
): Promise<Result[][]> {
  const results: Result[][] = servers.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < servers.length; turn++) {
      const i = (round + turn) % servers.length;
      results[i]?.push(await rate(servers[i] as ServerProcess));
    }
  }
  return results;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The median of rounds' requests a second, and its spread: "12,345 ± 2 %". */
export function rateWithSpread(rates: readonly number[]): string {
  const middle = median(rates);
  return `${whole(middle)} ${spread(spreadOf(rates) / middle)}`;
}

/** The median of the rounds' ratios. */
export function medianRatio(values: readonly number[], others: readonly number[]): number {
  return median(values.map((value, round) => value / (others[round] as number)));
}
