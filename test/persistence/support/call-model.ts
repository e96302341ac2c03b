import { createHash } from "node:crypto";
import { keyspaceOf } from "../../../src/cache/memory-cache.ts";
import { MemoryLeaderboardCache } from "../../../src/cache/memory-leaderboard-cache.ts";
import { Databases } from "../../../src/engine/databases.ts";
import { Caller } from "./caller.ts";
import { isBallast } from "./crash-protocol.ts";
import { dataOf, textOf } from "./data-of.ts";
import { callOf, commandsOf, writeBallast } from "./known-calls.ts";

/** What numbered calls leave, one after the other. */
export interface CallModel {
  /** The digest of what is there from the beginning. */
  readonly ballast: string;
  /** Puts there what is there from the beginning. */
  begin(): Promise<void>;
  apply(call: number): Promise<void>;
  /** All but what is there from the beginning. */
  text(): string;
}

/** Calls on a cache in memory alone, as the program makes them itself. */
export class EmbeddedModel implements CallModel {
  readonly #cache = new MemoryLeaderboardCache();
  ballast = "";

  async begin(): Promise<void> {
    await writeBallast(this.#cache);
    this.ballast = ballastOf(dataOf(this.#databases));
  }

  async apply(call: number): Promise<void> {
    await callOf(call)(this.#cache);
  }

  text(): string {
    return textWithoutBallast(dataOf(this.#databases));
  }

  get #databases(): Databases {
    return new Databases(keyspaceOf(this.#cache), 1);
  }
}

/** Commands on databases in memory alone, as clients send them. */
export class ServedModel implements CallModel {
  readonly #cache = new MemoryLeaderboardCache();
  readonly #databases = new Databases(keyspaceOf(this.#cache), 16);
  readonly #caller = new Caller(this.#databases);
  ballast = "";

  async begin(): Promise<void> {
    await writeBallast(this.#cache);
    this.ballast = ballastOf(dataOf(this.#databases));
  }

  async apply(call: number): Promise<void> {
    for (const argv of commandsOf(call)) {
      if (argv[0] !== "MULTI" && argv[0] !== "EXEC") this.#caller.call(argv);
    }
  }

  text(): string {
    return textWithoutBallast(dataOf(this.#databases));
  }
}

/** What is there from the beginning, in few bytes. */
export function ballastOf(data: ReturnType<typeof dataOf>): string {
  return createHash("sha1")
    .update(textOf(data.filter(isBallast), 0))
    .digest("hex");
}

/** All the rest. */
export function textWithoutBallast(data: ReturnType<typeof dataOf>): string {
  return textOf(
    data.filter((key) => !isBallast(key)),
    0,
  );
}
