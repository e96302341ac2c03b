import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { AddNodeRequest, AddNodeResult } from "./add-node.ts";
import type { HeldRequest, HeldResult } from "./held-bytes.ts";

/** What is done in a process of its own, which starts clean. */
export type ChildRequest = AddNodeRequest | HeldRequest;

/** Does it there. */
export function inChild(request: AddNodeRequest): Promise<AddNodeResult>;
export function inChild(request: HeldRequest): Promise<HeldResult>;
export function inChild(request: ChildRequest): Promise<unknown> {
  const program = fileURLToPath(new URL("child-main.ts", import.meta.url));
  // Inherits the loader and --expose-gc from this process.
  const child = fork(program, [JSON.stringify(request)]);
  return new Promise((resolve, reject) => {
    child.once("message", resolve);
    child.once("error", reject);
    child.once("exit", (code) => {
      reject(
        new Error(`Cannot measure ${JSON.stringify(request)}: the process ended with ${code}`),
      );
    });
  });
}
