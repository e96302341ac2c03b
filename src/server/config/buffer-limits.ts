import { memory, UINT64_MAX } from "./parameter-types.ts";
import { ParameterError, type ParameterType } from "./parameter.ts";

/** How much may wait to be sent to a client before it is closed. */
interface BufferLimit {
  /** At once, in bytes; 0: without limit. */
  readonly hardBytes: number;
  /** For `softSeconds` without a break, in bytes; 0: without limit. */
  readonly softBytes: number;
  readonly softSeconds: number;
}

/** The limits of each class of clients. */
export interface BufferLimits {
  readonly normal: BufferLimit;
  readonly replica: BufferLimit;
  readonly pubsub: BufferLimit;
}

export const INITIAL_BUFFER_LIMITS: BufferLimits = {
  normal: { hardBytes: 0, softBytes: 0, softSeconds: 0 },
  replica: { hardBytes: 256 * 1024 ** 2, softBytes: 64 * 1024 ** 2, softSeconds: 60 },
  pubsub: { hardBytes: 32 * 1024 ** 2, softBytes: 8 * 1024 ** 2, softSeconds: 60 },
};

const CLASSES = new Map<string, keyof BufferLimits>([
  ["normal", "normal"],
  ["slave", "replica"],
  ["replica", "replica"],
  ["pubsub", "pubsub"],
]);
const BYTES = memory(0, UINT64_MAX);

/** A class, two amounts of memory and seconds, for one class or several; the others stay. */
export const bufferLimits: ParameterType<BufferLimits> = {
  kind: "text",
  takesWords: true,
  parse(words, current) {
    if (words.length === 0 || words.length % 4 !== 0) {
      throw new ParameterError("Wrong number of arguments in buffer limit configuration.");
    }
    const limits = { ...current };
    for (let at = 0; at < words.length; at += 4) {
      const [name, ...limit] = words.slice(at, at + 4) as [string, string, string, string];
      const named = CLASSES.get(name.toLowerCase());
      if (named === undefined) {
        throw new ParameterError("Invalid client class specified in buffer limit configuration.");
      }
      limits[named] = parseLimit(limit);
    }
    return limits;
  },
  format: ({ normal, replica, pubsub }) =>
    `normal ${spell(normal)} slave ${spell(replica)} pubsub ${spell(pubsub)}`,
};

function parseLimit([hard, soft, seconds]: readonly string[]): BufferLimit {
  try {
    const hardBytes = BYTES.parse([hard ?? ""], 0);
    const softBytes = BYTES.parse([soft ?? ""], 0);
    if (!/^\d+$/.test(seconds ?? "")) throw new ParameterError("seconds");
    return { hardBytes, softBytes, softSeconds: Number(seconds) };
  } catch {
    throw new ParameterError(
      "Error in hard, soft or soft_seconds setting in buffer limit configuration.",
    );
  }
}

function spell({ hardBytes, softBytes, softSeconds }: BufferLimit): string {
  return `${hardBytes} ${softBytes} ${softSeconds}`;
}
