import { isKeyword } from "../arguments.ts";
import { ReplyError, SYNTAX_ERROR } from "../reply-error.ts";
import { ADMIN, serverCommand } from "./server-record.ts";

const OPTIONS = new Set(["nosave", "save", "now", "force", "abort"]);

/** SHUTDOWN [NOSAVE|SAVE] [NOW] [FORCE] [ABORT] */
export const SHUTDOWN = serverCommand({
  name: "shutdown",
  arity: -1,
  flags: [...ADMIN, "no_multi", "allow_busy"],
  since: "1.0.0",
  summary: "Ends the server, after a snapshot where save points are set or SAVE is given.",
  complexity: "O(N) when saving, where N is the total number of keys in all databases",
  run({ client, server }, argv) {
    const options = argv.slice(1);
    if (options.some((option) => !OPTIONS.has(option.toLowerCase()))) throw SYNTAX_ERROR;
    const has = (name: string): boolean => options.some((option) => isKeyword(option, name));
    const isAbort = has("abort");
    if (isAbort && options.some((option) => !isKeyword(option, "abort"))) throw SYNTAX_ERROR;
    if (has("save") && has("nosave")) throw SYNTAX_ERROR;
    if (isAbort) throw new ReplyError("ERR No shutdown in progress.");
    const save = has("save") ? "always" : has("nosave") ? "never" : "as-set";
    server.shutdown(save, has("force"));
    client.closeAfterReply();
  },
});
