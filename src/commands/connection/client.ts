import { type Command, NO_KEYS } from "../command.ts";
import { HELP } from "./client-help.ts";
import { INFO, KILL, LIST, UNBLOCK } from "./client-list.ts";
import { CACHING, GETREDIR, TRACKING, TRACKINGINFO } from "./client-tracking.ts";
import { ID, GETNAME, NO_EVICT, PAUSE, REPLY, SETINFO, SETNAME, UNPAUSE } from "./client-state.ts";

export const CLIENT: Command = {
  name: "client",
  arity: -2,
  group: "connection",
  flags: [],
  categories: [],
  keys: NO_KEYS,
  since: "2.4.0",
  summary: "Holds the commands about clients.",
  complexity: "Depends on subcommand.",
  subcommands: [
    CACHING,
    GETNAME,
    GETREDIR,
    HELP,
    ID,
    INFO,
    KILL,
    LIST,
    NO_EVICT,
    PAUSE,
    REPLY,
    SETINFO,
    SETNAME,
    TRACKING,
    TRACKINGINFO,
    UNBLOCK,
    UNPAUSE,
  ],
};
