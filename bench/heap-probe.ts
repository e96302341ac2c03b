/** Runs in a child process: builds one thing, and sends how many bytes of the heap it holds. */
import { setImmediate } from "node:timers/promises";
import { type HeapRequest, type HeapResult, heapSubject } from "./heap-subjects.ts";

const WARM_UP_SIZE_MAX = 20_000;

const request = JSON.parse(process.argv[2] as string) as HeapRequest;
// The first time leaves compiled code and feedback behind, which is no part of what is measured.
await heapSubject({ ...request, size: Math.min(request.size, WARM_UP_SIZE_MAX) })();
const build = heapSubject(request);
const before = await heapBytes();
const { held, accounted } = await build();
const bytes = (await heapBytes()) - before;
if (held === undefined) throw new Error("Cannot measure the heap: nothing was built");
const result: HeapResult = { bytes, accounted };
process.send?.(result, () => process.disconnect());

/** Bytes in use on the heap and in array buffers after garbage is gone. */
async function heapBytes(): Promise<number> {
  if (globalThis.gc === undefined) throw new Error("Cannot measure the heap: run with --expose-gc");
  for (let i = 0; i < 4; i++) {
    globalThis.gc();
    // Array buffers are given back behind the collection's back.
    await setImmediate();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
