import { createHash, randomBytes } from "node:crypto";
import { arch, release, totalmem, type as systemType } from "node:os";

const ID_BYTES = 20;
const MICROS_PER_SECOND = 1e6;

/** What this process uses of its machine. */
export interface ProcessUsage {
  /** What Node.js holds in memory, code and unused room included, in bytes. */
  readonly residentBytes: number;
  /** What is in use on the heap of JavaScript and beside it, in bytes. */
  readonly heapBytes: number;
  readonly systemBytes: number;
  readonly cpuUserSeconds: number;
  readonly cpuSystemSeconds: number;
  readonly processId: number;
  readonly operatingSystem: string;
  readonly nodeVersion: string;
  readonly executable: string;
}

/** What this process uses now. */
export function processUsage(): ProcessUsage {
  const { external, heapUsed, rss } = process.memoryUsage();
  const { system, user } = process.cpuUsage();
  return {
    residentBytes: rss,
    heapBytes: heapUsed + external,
    systemBytes: totalmem(),
    cpuUserSeconds: user / MICROS_PER_SECOND,
    cpuSystemSeconds: system / MICROS_PER_SECOND,
    processId: process.pid,
    operatingSystem: `${systemType()} ${release()} ${arch()}`,
    nodeVersion: process.versions.node,
    executable: process.execPath,
  };
}

/** 40 hex digits that no other server has. */
export function newRunId(): string {
  return randomBytes(ID_BYTES).toString("hex");
}

/** SHA-1 of a byte string: for DEBUG DIGEST, where Redis uses it; nothing is kept secret by it. */
export function sha1(bytes: string): Uint8Array {
  return createHash("sha1").update(bytes, "latin1").digest();
}

/** Stops the whole process, timers and sockets included. */
export function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
