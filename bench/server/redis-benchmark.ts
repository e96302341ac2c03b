import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { quantile } from "../measure.ts";
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

/** What redis-benchmark says of one command on one server. */
export async function requestsPerSecond(
  { port }: ServerProcess,
  command: Command,
  { commands, requests }: Pipeline,
): Promise<number> {
  const settings = { p: port, c: CLIENTS, d: VALUE_BYTES, r: KEYS, n: requests, P: commands };
  const { stdout } = await promisify(execFile)("redis-benchmark", [
    ...Object.entries(settings).flatMap(([name, value]) => [`-${name}`, String(value)]),
    "-t",
    command.toLowerCase(),
    "--csv",
  ]);
  const rate = Number(new RegExp(`^"${command}","([\\d.]+)"`, "m").exec(stdout)?.[1]);
  if (rate > 0) return rate;
  throw new Error(`Cannot read redis-benchmark's answer to ${command}: received ${stdout}`);
}

/** The servers' requests a second, round by round. Who begins changes from round to round. */
export async function inTurns(
  servers: readonly ServerProcess[],
  rounds: number,
  rate: (server: ServerProcess) => Promise<number>,
): Promise<number[][]> {
  const results: number[][] = servers.map(() => []);
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

/** The median of the rounds' ratios. */
export function medianRatio(values: readonly number[], others: readonly number[]): number {
  return median(values.map((value, round) => value / (others[round] as number)));
}
