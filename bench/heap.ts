import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { HeapRequest, HeapResult } from "./heap-subjects.ts";

/** Measures what something holds on the heap, in a process of its own that starts clean. */
export function measureHeap(request: HeapRequest): Promise<HeapResult> {
  const probe = fileURLToPath(new URL("heap-probe.ts", import.meta.url));
  // Inherits the loader and --expose-gc from this process.
  const child = fork(probe, [JSON.stringify(request)]);
  return new Promise((resolve, reject) => {
    child.once("message", (result) => resolve(result as HeapResult));
    child.once("error", reject);
    child.once("exit", (code) => {
      reject(
        new Error(`Cannot measure ${JSON.stringify(request)}: the process ended with ${code}`),
      );
    });
  });
}
