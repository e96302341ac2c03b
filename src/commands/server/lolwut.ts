import { integerArgument, isKeyword } from "../arguments.ts";
import { serverCommand } from "./server-record.ts";

/** Leaves on each side, from the tie at the bottom to the open top. */
const WREATH = String.raw`
          _  .            .  _
        _(_\/ .          . \/_)_
       (_(_\|              |/_)_)
      (_(_\|                |/_)_)
      (_(_\|                |/_)_)
       (_(_\\              //_)_)
         (_(_\\          //_)_)
           (__\\_      _//__)
              \__\_  _/__/
                  '\/'
                  /  \
`;

/** How many integers the drawings of Redis' versions take; here they are checked and no more. */
const DRAWING_ARGUMENTS = new Map([
  [5, 3],
  [6, 2],
]);

/** LOLWUT [VERSION version] [argument ...] */
export const LOLWUT = serverCommand({
  name: "lolwut",
  arity: -1,
  flags: ["readonly", "fast"],
  since: "5.0.0",
  summary: "Draws a laurel wreath, and tells the version.",
  complexity: "O(1)",
  run({ reply, server }, argv) {
    const isVersioned = argv.length >= 3 && isKeyword(argv[1], "version");
    const version = isVersioned ? integerArgument(argv[2] as string) : 0;
    for (const argument of argv.slice(3, 3 + (DRAWING_ARGUMENTS.get(version) ?? 0))) {
      integerArgument(argument);
    }
    reply.verbatim("txt", `${WREATH}\nLaurel ver. ${server.version}\n`);
  },
});
