import { once } from "node:events";
import { readFileSync } from "node:fs";
import { isInstalled } from "../../test/support/server-process.ts";
import { type Report, times, whole } from "../report.ts";
import { BARE, LAUREL, REDIS, type ServerKind, ServerProcess, VALKEY } from "./server-process.ts";

const KEYS = 1_000_000;
/** Keys and values are as long as this. */
const STRING_BYTES = 16;
const KEYS_AT_ONCE = 1_000;
const OK = "+OK\r\n";
const BYTES_PER_MB = 1e6;

/** Settled is what has changed by less than a hundredth in each of so many seconds. */
const SETTLED_READINGS = 5;
const SETTLED_WITHIN = 1.01;
const READING_EVERY_MS = 1_000;
const READINGS_MAX = 60;

/** Resident memory of the idle servers, empty and with a million keys. Linux only: reads /proc. */
export async function benchServerMemory(report: Report): Promise<void> {
  const redis = await residentMemory(REDIS);
  const bare = await residentMemory(BARE);
  const laurel = await residentMemory(LAUREL);
  const valkey = isInstalled(VALKEY.name) ? [await residentMemory(VALKEY)] : [];
  report.figure("server with 1000000 keys: times Redis", laurel.filledBytes / redis.filledBytes);
  report.table(
    "server-memory",
    `Resident memory, idle, with ${whole(KEYS)} keys of ${STRING_BYTES} bytes and values as long`,
    ["server", "empty", "with the keys", "bytes a key", "to Redis"],
    [laurel, bare, redis, ...valkey].map(({ kind, emptyBytes, filledBytes }) => [
      kind.name,
      megabytes(emptyBytes),
      megabytes(filledBytes),
      whole((filledBytes - emptyBytes) / KEYS),
      times(filledBytes / redis.filledBytes),
    ]),
  );
}

interface ResidentMemory {
  readonly kind: ServerKind;
  readonly emptyBytes: number;
  readonly filledBytes: number;
}

async function residentMemory(kind: ServerKind): Promise<ResidentMemory> {
  await using server = await ServerProcess.start(kind);
  const emptyBytes = await settledBytes(server);
  await fill(server);
  return { kind, emptyBytes, filledBytes: await settledBytes(server) };
}

/** Sets the keys over one connection, a thousand commands at a time. */
async function fill(server: ServerProcess): Promise<void> {
  const socket = await server.connect();
  const closed = once(socket, "close").then(() => {
    throw new Error(`Cannot fill ${server.kind.name}: it closed the connection`);
  });
  let replies = "";
  socket.on("data", (chunk: Buffer) => (replies += chunk.toString("latin1")));
  for (let from = 0; from < KEYS; from += KEYS_AT_ONCE) {
    let commands = "";
    for (let i = from; i < from + KEYS_AT_ONCE; i++) commands += setCommand(i);
    replies = "";
    socket.write(commands);
    while (replies.length < KEYS_AT_ONCE * OK.length) {
      await Promise.race([once(socket, "data"), closed]);
    }
    if (replies !== OK.repeat(KEYS_AT_ONCE)) {
      throw new Error(`Cannot fill ${server.kind.name}: received ${replies.slice(0, 200)}`);
    }
  }
  closed.catch(() => {});
  socket.destroy();
}

function setCommand(i: number): string {
  const key = `key:${String(i).padStart(STRING_BYTES - 4, "0")}`;
  // Digits of a product that differs from key to key; begins with a letter, and is no integer.
  const digits = String((i * 7_919 + 1) * 1_000_003).slice(1 - STRING_BYTES);
  const value = `v${digits.padStart(STRING_BYTES - 1, "0")}`;
  const length = `$${STRING_BYTES}\r\n`;
  return `*3\r\n$3\r\nSET\r\n${length}${key}\r\n${length}${value}\r\n`;
}

async function settledBytes(server: ServerProcess): Promise<number> {
  const readings: number[] = [];
  for (let i = 0; i < READINGS_MAX; i++) {
    readings.push(residentBytes(server.pid));
    const latest = readings.slice(-SETTLED_READINGS);
    const isSettled = Math.max(...latest) < Math.min(...latest) * SETTLED_WITHIN;
    if (latest.length === SETTLED_READINGS && isSettled) break;
    await new Promise((resolve) => setTimeout(resolve, READING_EVERY_MS));
  }
  return readings.at(-1) as number;
}

function residentBytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kibibytes) * 1024;
}

function megabytes(bytes: number): string {
  return `${whole(bytes / BYTES_PER_MB)} MB`;
}
