import { createHash } from "node:crypto";
import { CacheError, type CacheErrorCode } from "../errors.ts";
import { fencedOff } from "./not-sent.ts";
import type { Argument, ClientPort, Command, Reply } from "./port.ts";
import { replyOf } from "./server-errors.ts";

/** A Lua script. It replies with the errors that it meets: redis.pcall, and the table that it gives. */
export class Script {
  readonly source: string;
  readonly sha1: string;

  constructor(source: string) {
    this.source = source;
    this.sha1 = createHash("sha1").update(source).digest("hex");
  }
}

/** Sends a command to the server of a key: see {@link ClientPort.send}. */
export type Send = (command: Command, key: Argument, elsewhere: Command) => Promise<Reply>;

/** What comes of a script where the server has none, or this user may run none: nothing was done. */
export const NO_SCRIPTS = Symbol("no scripts");

/** What only a script that runs can have met; anything else the server may have said before it looked. */
const SCRIPTS_OWN: ReadonlySet<CacheErrorCode> = new Set([
  "WRONG_TYPE",
  "NOT_INTEGER",
  "OVERFLOW",
  "INVALID_SCORE",
  "INVALID_VALUE",
]);

/**
 * Runs scripts on the servers of one port, and knows whether they have any. A script goes out as its
 * text until the server is known to have it, so that it takes one round trip and keeps its place among
 * the calls; from then on as its SHA-1. It takes two only where a server has forgotten it (SCRIPT FLUSH):
 * the calls made meanwhile are carried out before it then.
 */
export class ScriptRunner {
  readonly #port: Pick<ClientPort, "epoch" | "serverOf">;
  /** The scripts, each with a server, that the present connections' servers have run. */
  readonly #known = new Set<string>();
  #knownInEpoch = -1;
  #hasScripts: boolean | undefined;
  #fences = 0;

  constructor(port: Pick<ClientPort, "epoch" | "serverOf">) {
    this.#port = port;
  }

  /** Whether the servers run scripts; `undefined`: nobody knows yet. */
  get hasScripts(): boolean | undefined {
    return this.#hasScripts;
  }

  /** What was sent before, and turns out to be unknown to the server, is not sent again. */
  fence(): void {
    this.#fences++;
  }

  /** What the script replies, or {@link NO_SCRIPTS}. It is sent at once. */
  async run(
    script: Script,
    keys: readonly [Argument, ...Argument[]],
    args: readonly Argument[],
    send: Send,
  ): Promise<Reply | typeof NO_SCRIPTS> {
    const rest = [String(keys.length), ...keys, ...args];
    const byText = ["EVAL", script.source, ...rest];
    const id = this.#idOf(script, keys[0]);
    try {
      const reply = this.#isKnown(id)
        ? await this.#bySha1(["EVALSHA", script.sha1, ...rest], byText, keys[0], send)
        : await send(byText, keys[0], byText);
      // Where it has moved meanwhile, another one has run it.
      if (this.#idOf(script, keys[0]) === id) this.#known.add(id);
      this.#hasScripts = true;
      return reply;
    } catch (error) {
      if (saysNoScripts(error)) {
        this.#hasScripts = false;
        return NO_SCRIPTS;
      }
      if (error instanceof CacheError && SCRIPTS_OWN.has(error.code)) this.#hasScripts ??= true;
      throw error;
    }
  }

  async #bySha1(bySha1: Command, byText: Command, key: Argument, send: Send): Promise<Reply> {
    const fences = this.#fences;
    try {
      return await send(bySha1, key, byText);
    } catch (error) {
      if (replyOf(error)?.startsWith("NOSCRIPT ") !== true) throw error;
      if (fences !== this.#fences) throw fencedOff();
      return await send(byText, key, byText);
    }
  }

  #isKnown(id: string): boolean {
    if (this.#knownInEpoch !== this.#port.epoch) {
      this.#knownInEpoch = this.#port.epoch;
      this.#known.clear();
    }
    return this.#known.has(id);
  }

  #idOf(script: Script, key: Argument): string {
    return `${script.sha1}${this.#port.serverOf(key)}`;
  }
}

function saysNoScripts(error: unknown): boolean {
  const said = replyOf(error);
  if (said === undefined) return false;
  return /^ERR unknown command ['`"]?eval/i.test(said) || /^NOPERM .*'eval(?:sha)?'/i.test(said);
}
