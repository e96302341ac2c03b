import { container, help, serverCommand } from "./server-record.ts";

const LIST = serverCommand({
  name: "list",
  arity: 2,
  flags: ["admin", "noscript"],
  since: "4.0.0",
  summary: "Tells the modules that were loaded, of which there are none.",
  complexity: "O(1)",
  run({ reply }) {
    reply.array(0);
  },
});

/** MODULE: as of a server that loads none. */
export const MODULE = container(
  "module",
  "4.0.0",
  "Tells about modules, of which there are none.",
  [LIST, help("MODULE", "5.0.0", ["LIST", "    Tells the modules."])],
);
