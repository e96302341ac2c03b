/** Runs in a child process: does what it is asked for, and sends what came of it. */
import { addNode } from "./add-node.ts";
import type { ChildRequest } from "./child.ts";
import { heldBytes } from "./held-bytes.ts";

const request = JSON.parse(process.argv[2] as string) as ChildRequest;
const result = request.kind === "add-node" ? await addNode(request) : await heldBytes(request);
process.send?.(result, () => process.disconnect());
